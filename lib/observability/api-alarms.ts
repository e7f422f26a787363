import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Api } from '../api/api.ts';
import { type Alarms, whenMissing } from './alarms.ts';

/** Per cent of requests. One in a hundred is more than a release or a failover costs callers that retry. */
const FAILED_SHARE = 1;
/** Slower than this a browser's beacon is often lost with its page. */
const SLOW_MILLISECONDS = 2_000;

/** Requests that the API failed, in per cent. */
export function failedShare(api: Api, period: Duration): MathExpression {
  return new MathExpression({
    expression: '100 * failed / requests',
    usingMetrics: {
      failed: api.metric('5xx', { period, statistic: 'Sum' }),
      requests: api.metric('Count', { period, statistic: 'Sum' }),
    },
    label: '5xx',
    period,
  });
}

/** What callers notice. */
export function watchApi(alarms: Alarms, api: Api) {
  return {
    failures: alarms.add('high', api, 'ServerErrors', {
      metric: failedShare(api, Duration.minutes(1)),
      threshold: FAILED_SHARE,
      periods: 5,
      breaching: 3,
      missing: whenMissing.idle,
      sentence: `More than ${FAILED_SHARE} % of requests are answered with 5xx: events are refused, and lost where callers do not retry.`,
      runbook: 'api-server-errors',
      links: (console) => [console.api(api.http.apiId), console.logs(api.accessLog)],
    }),
    slowness: alarms.add('medium', api, 'Latency', {
      metric: api.metric('Latency', { statistic: 'p99' }),
      threshold: SLOW_MILLISECONDS,
      periods: 3,
      missing: whenMissing.idle,
      sentence: `The slowest hundredth of requests takes longer than ${SLOW_MILLISECONDS / 1_000} s.`,
      runbook: 'api-latency',
      links: (console) => [console.api(api.http.apiId), console.function(api.ingest.functionName)],
    }),
  };
}
