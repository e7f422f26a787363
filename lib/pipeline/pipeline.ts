import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { acknowledge } from '../acknowledge.ts';
import { type ConsumerName, overdueSeconds, visibilitySeconds } from '../config.ts';
import type { Database } from '../database/database.ts';
import { type Surroundings, TrackingFunction } from '../function.ts';
import { Doorbell } from './doorbell.ts';

export interface PipelineProps extends Surroundings {
  readonly database: Database;
}

/** From raw rows to the vault: two stages, each woken by its doorbell. */
export class Pipeline extends Construct {
  readonly staging: Doorbell;
  readonly business: Doorbell;
  readonly stagingFunction: TrackingFunction;
  readonly businessFunction: TrackingFunction;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { functions } = props.config;
    this.staging = new Doorbell(this, 'Staging', { visibilitySeconds: visibilitySeconds(functions.staging) });
    this.business = new Doorbell(this, 'Business', {
      visibilitySeconds: visibilitySeconds(functions.business),
    });
    this.stagingFunction = this.consume('staging', this.staging, props);
    this.business.grantRing(this.stagingFunction, 'BUSINESS_QUEUE_URL');
    this.stagingFunction.set('RING_OVERDUE_SECONDS', String(overdueSeconds(props.config)));
    this.businessFunction = this.consume('business', this.business, props);
    this.business.grantRing(this.businessFunction, 'BUSINESS_QUEUE_URL');
  }

  /** Lets a function read how much waits in each of the four queues, and tells it where they are. */
  grantMeasure(to: TrackingFunction): void {
    this.staging.grantMeasure(to, 'STAGING_QUEUE_URL', 'STAGING_DLQ_URL');
    this.business.grantMeasure(to, 'BUSINESS_QUEUE_URL', 'BUSINESS_DLQ_URL');
  }

  private consume(name: ConsumerName, doorbell: Doorbell, { database, ...surroundings }: PipelineProps) {
    const { config } = surroundings;
    const consumer = new TrackingFunction(doorbell, 'Function', { name, ...surroundings });
    const { batchSize, batchingWindowSeconds, concurrency } = config.functions[name];
    consumer.live.addEventSource(
      new SqsEventSource(doorbell.queue, {
        batchSize,
        maxBatchingWindow: Duration.seconds(batchingWindowSeconds),
        maxConcurrency: concurrency,
        reportBatchItemFailures: true,
      }),
    );
    acknowledge(consumer.live, {
      'Serverless::Serverless-LambdaEventSourceMappingDestination':
        'A queue as source has no destination for failures: its own redrive policy sets messages aside.',
    });
    database.grantConnect(consumer, databaseRoles.loader);
    return consumer.set('BATCH_SIZE', String(config.processing.eventsPerTransaction));
  }
}
