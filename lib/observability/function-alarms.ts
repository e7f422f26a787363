import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { TrackingFunction } from '../function.ts';
import { type AlarmProps, type Alarms, whenMissing } from './alarms.ts';

/** Per cent of the time-out. What comes so near is cut off the next time the database is slow. */
const TIMEOUT_SHARE = 80;
const period = Duration.minutes(5);

/**
 * A single failure mends itself: callers retry, messages come back. So two periods of three must show one, unless the function
 * runs once a deployment and has no second period.
 */
function periodsOf({ shortName }: TrackingFunction) {
  return shortName === 'migrate' ? { periods: 1 } : { periods: 3, breaching: 2 };
}

/** What can be wrong with any function. */
export function watchFunction(alarms: Alarms, handler: TrackingFunction) {
  const name = handler.shortName;
  const common = {
    ...periodsOf(handler),
    missing: whenMissing.idle,
    links: (console: Parameters<AlarmProps['links']>[0]) => [
      console.function(handler.functionName),
      console.logs(handler.logGroup),
    ],
  };
  const atLeastOne = {
    ...common,
    threshold: 1,
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  };
  return {
    errors: alarms.add('medium', handler, 'Errors', {
      ...atLeastOne,
      metric: handler.metricErrors({ period, statistic: 'Sum', label: name }),
      sentence: `The function ${name} throws or times out again and again.`,
      runbook: 'function-errors',
    }),
    throttles: alarms.add('medium', handler, 'Throttles', {
      ...atLeastOne,
      metric: handler.metricThrottles({ period, statistic: 'Sum', label: name }),
      sentence: `Lambda refuses to start the function ${name}: it is at its reserved concurrency, or the account is at its own.`,
      runbook: 'function-throttles',
    }),
    duration: alarms.add('medium', handler, 'Duration', {
      ...common,
      metric: handler.metricTimeoutShare(),
      threshold: TIMEOUT_SHARE,
      sentence: `The slowest hundredth of invocations of ${name} takes more than ${TIMEOUT_SHARE} % of its time-out.`,
      runbook: 'function-duration',
    }),
  };
}
