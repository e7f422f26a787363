import { Duration, TimeZone } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { EnvironmentConfig } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Network } from '../database/network.ts';
import { TrackingFunction } from '../function.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';

/** Invocations after the first for a job that the scheduler could not start or that failed. */
const RETRIES = 2;
/** How late a daily job may still start; Lambda keeps no asynchronous event longer. */
const LATEST_START = Duration.hours(6);

export interface MaintenanceProps {
  readonly config: EnvironmentConfig;
  readonly network: Network;
  readonly database: Database;
  readonly pipeline: Pipeline;
}

/** The jobs that run by the clock. Each must be safe to run twice: a scheduler delivers at least once. */
export class Maintenance extends Construct {
  private readonly handler: TrackingFunction;
  /** Jobs that could not be started, or failed each of their tries. */
  private readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { config, network, database, pipeline }: MaintenanceProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.handler = new TrackingFunction(this, 'Function', { name: 'maintenance', config, network });
    this.handler
      .set('BATCH_SIZE', String(config.processing.eventsPerTransaction))
      .set('PROCESSING_INTERVAL', String(config.processing.retryAfterSeconds));
    // The scheduler hands over asynchronously and counts that as success: a job that throws is Lambda's to repeat.
    this.handler.configureAsyncInvoke({
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
    ] as const) {
      const interval = Duration.minutes(minutes);
      this.every(id, job, ScheduleExpression.rate(interval), interval);
    }
    const daily = ScheduleExpression.cron({
      hour: String(partitions.hour),
      minute: String(partitions.minute),
      timeZone: TimeZone.ETC_UTC,
    });
    this.every('Partitions', 'partitions', daily, LATEST_START);
  }

  private every(id: string, job: string, schedule: ScheduleExpression, maxEventAge: Duration): void {
    new Schedule(this, id, {
      schedule,
      target: new LambdaInvoke(this.handler, {
        input: ScheduleTargetInput.fromObject({ job }),
        deadLetterQueue: this.deadLetters,
        maxEventAge,
        retryAttempts: RETRIES,
      }),
    });
  }
}
