import { Duration, TimeZone } from 'aws-cdk-lib';
import type { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Database } from '../database/database.ts';
import { type Surroundings, TrackingFunction } from '../function.ts';
import { messagesIn } from '../pipeline/messages-in.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';

/** Invocations after the first for a job that the scheduler could not start or that failed. */
const RETRIES = 2;
/** How late a daily job may still start; Lambda keeps no asynchronous event longer. */
const LATEST_START = Duration.hours(6);

export interface MaintenanceProps extends Surroundings {
  readonly database: Database;
  readonly pipeline: Pipeline;
}

/** The jobs that run by the clock. Each must be safe to run twice: a scheduler delivers at least once. */
export class Maintenance extends Construct {
  readonly handler: TrackingFunction;
  /** Jobs that could not be started, or failed each of their tries. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { database, pipeline, ...surroundings }: MaintenanceProps) {
    super(scope, id);
    const { config } = surroundings;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // Nothing but the scheduler and Lambda sets jobs aside here; no queue may.
      redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL },
    });
    const isTheEnd = 'It is where failed jobs end; nothing reads from it but people.';
    acknowledge(this.deadLetters, {
      'AwsSolutions::AwsSolutions-SQS3': isTheEnd,
      'Serverless::Serverless-SQSRedrivePolicy': isTheEnd,
      'cdk-validator-cfnguard::sqs_dlq_check': isTheEnd,
    });
    this.handler = new TrackingFunction(this, 'Function', {
      name: 'maintenance',
      ...surroundings,
    });
    this.handler
      .set('BATCH_SIZE', String(config.processing.eventsPerTransaction))
      .set('PROCESSING_INTERVAL', String(config.processing.retryAfterSeconds));
    // The scheduler hands over asynchronously and counts that as success: a job that throws is Lambda's to repeat.
    this.handler.live.configureAsyncInvoke({
      retryAttempts: RETRIES,
      maxEventAge: LATEST_START,
      onFailure: new SqsDestination(this.deadLetters),
    });
    database.grantConnect(this.handler, databaseRoles.maintenance);
    pipeline.staging.grantRing(this.handler, 'STAGING_QUEUE_URL');
    pipeline.business.grantRing(this.handler, 'BUSINESS_QUEUE_URL');

    const { sweepMinutes, snapshotMinutes, metricsMinutes, partitions } = config.schedule;
    for (const [id, job, minutes] of [
      ['Sweep', 'sweep', sweepMinutes],
      ['Snapshots', 'snapshots', snapshotMinutes],
      ['Metrics', 'metrics', metricsMinutes],
      // Finds something to do after midnight, and goes on every time until it is done.
      ['Retention', 'retention', metricsMinutes],
      ['Privacy', 'privacy', sweepMinutes],
    ] as const) {
      // By the clock and not by the hour of deployment, so that jobs of different intervals meet.
      const schedule = ScheduleExpression.cron({ ...momentsEvery(minutes), timeZone: TimeZone.ETC_UTC });
      this.every(id, job, schedule, Duration.minutes(minutes));
    }
    const daily = ScheduleExpression.cron({
      hour: String(partitions.hour),
      minute: String(partitions.minute),
      timeZone: TimeZone.ETC_UTC,
    });
    this.every('Partitions', 'partitions', daily, LATEST_START);
  }

  metricDeadLetters(): MathExpression {
    return messagesIn(this.deadLetters, 'Jobs dead letters');
  }

  private every(id: string, job: string, schedule: ScheduleExpression, maxEventAge: Duration): void {
    new Schedule(this, id, {
      schedule,
      target: new LambdaInvoke(this.handler.live, {
        input: ScheduleTargetInput.fromObject({ job }),
        deadLetterQueue: this.deadLetters,
        maxEventAge,
        retryAttempts: RETRIES,
      }),
    });
  }
}

/** The fields of a cron expression that fires every so many minutes, counted from midnight. */
function momentsEvery(minutes: number): { readonly minute: string; readonly hour?: string } {
  if (minutes < 60) return { minute: `0/${minutes}` };
  return minutes === 60 ? { minute: '0' } : { minute: '0', hour: `0/${minutes / 60}` };
}
