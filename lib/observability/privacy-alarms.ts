import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import type { Maintenance } from '../schedule/maintenance.ts';
import { type AlarmProps, type Alarms, whenMissing } from './alarms.ts';
import type { CustomMetrics } from './custom-metrics.ts';

/** Hours in which what a visitor asks for has to be done, far below the month that laws allow. */
const HOURS = 24;

/** Whether visitors get what they have a right to. */
export function watchPrivacy(alarms: Alarms, custom: CustomMetrics, maintenance: Maintenance) {
  const links: AlarmProps['links'] = (console) => [
    console.function(maintenance.handler.functionName),
    console.logs(maintenance.handler.logGroup),
  ];
  return {
    age: alarms.add('medium', maintenance, 'OldestPrivacyJob', {
      metric: custom.metric('OldestPrivacyJobAge'),
      threshold: Duration.hours(HOURS).toSeconds(),
      periods: 1,
      // What runs the jobs has an alarm of its own.
      missing: whenMissing.idle,
      sentence: `An export or erasure that a visitor asked for has not been done for ${HOURS} hours.`,
      runbook: 'oldest-privacy-job',
      links,
    }),
    failed: alarms.add('medium', maintenance, 'PrivacyJobsFailed', {
      metric: custom.metric('PrivacyJobsFailed'),
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      periods: 1,
      missing: whenMissing.idle,
      sentence: 'An export or erasure that a visitor asked for failed each of its attempts and was given up.',
      runbook: 'privacy-jobs-failed',
      links,
    }),
  };
}
