import { ComparisonOperator, type MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type ConsumerConfig, visibilitySeconds } from '../config.ts';
import type { TrackingFunction } from '../function.ts';
import type { Doorbell } from '../pipeline/doorbell.ts';
import type { Maintenance } from '../schedule/maintenance.ts';
import { type Alarms, whenMissing } from './alarms.ts';

/** A message may be lost with its consumer once, and come back, without anybody being told. */
const DELIVERIES = 2;

/** One dead letter is enough: nothing takes it out of there but a person. */
function watchDeadLetters(
  alarms: Alarms,
  scope: Construct,
  { metric, queue, reader }: { metric: MathExpression; queue: Queue; reader: TrackingFunction },
  sentence: string,
) {
  return alarms.add('medium', scope, 'DeadLettersFound', {
    metric,
    threshold: 1,
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    periods: 1,
    // SQS stops measuring a queue that has been empty for hours, which is what a dead-letter queue should be.
    missing: whenMissing.idle,
    sentence,
    runbook: 'dead-letters',
    links: (console) => [console.queue(queue), console.logs(reader.logGroup)],
  });
}

/** What can be wrong with a doorbell and its dead letters. */
export function watchDoorbell(
  alarms: Alarms,
  doorbell: Doorbell,
  consumer: TrackingFunction,
  settings: ConsumerConfig,
) {
  const threshold = DELIVERIES * visibilitySeconds(settings);
  const name = consumer.shortName;
  return {
    age: alarms.add('medium', doorbell, 'OldestMessage', {
      metric: doorbell.metricOldestAge(),
      threshold,
      periods: 3,
      missing: whenMissing.idle,
      sentence: `A message waits for ${name} longer than ${threshold} s, the time of ${DELIVERIES} deliveries.`,
      runbook: 'queue-age',
      links: (console) => [console.queue(doorbell.queue), console.function(consumer.functionName)],
    }),
    deadLetters: watchDeadLetters(
      alarms,
      doorbell,
      { metric: doorbell.metricDeadLetters(), queue: doorbell.deadLetters, reader: consumer },
      `A message was set aside because ${name} could not take it in any of its deliveries.`,
    ),
  };
}

/** Jobs that were set aside. */
export function watchSchedule(alarms: Alarms, maintenance: Maintenance) {
  const { deadLetters: queue, handler: reader } = maintenance;
  return watchDeadLetters(
    alarms,
    maintenance,
    { metric: maintenance.metricDeadLetters(), queue, reader },
    'A job of the schedule was set aside because it could not be started, or failed each of its tries.',
  );
}
