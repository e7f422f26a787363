import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { type ConsumerName, type EnvironmentConfig, visibilitySeconds } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Network } from '../database/network.ts';
import { TrackingFunction } from '../function.ts';
import { Doorbell } from './doorbell.ts';

export interface PipelineProps {
  readonly config: EnvironmentConfig;
  readonly network: Network;
  readonly database: Database;
}

/** From raw rows to the vault: two stages, each woken by its doorbell. */
export class Pipeline extends Construct {
  readonly staging: Doorbell;
  readonly business: Doorbell;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { functions } = props.config;
    this.staging = new Doorbell(this, 'Staging', { visibilitySeconds: visibilitySeconds(functions.staging) });
    this.business = new Doorbell(this, 'Business', {
      visibilitySeconds: visibilitySeconds(functions.business),
    });
    const staging = this.consume('staging', this.staging, props);
    this.business.grantRing(staging, 'BUSINESS_QUEUE_URL');
    const business = this.consume('business', this.business, props);
    this.business.grantRing(business, 'BUSINESS_QUEUE_URL');
  }

  /** Lets a function read how much waits in each of the four queues, and tells it where they are. */
  grantMeasure(to: TrackingFunction): void {
    this.staging.grantMeasure(to, 'STAGING_QUEUE_URL', 'STAGING_DLQ_URL');
    this.business.grantMeasure(to, 'BUSINESS_QUEUE_URL', 'BUSINESS_DLQ_URL');
  }

  private consume(name: ConsumerName, doorbell: Doorbell, { config, network, database }: PipelineProps) {
    const consumer = new TrackingFunction(doorbell, 'Function', { name, config, network });
    const { batchSize, batchingWindowSeconds, concurrency } = config.functions[name];
    consumer.addEventSource(
      new SqsEventSource(doorbell.queue, {
        batchSize,
        maxBatchingWindow: Duration.seconds(batchingWindowSeconds),
        maxConcurrency: concurrency,
        reportBatchItemFailures: true,
      }),
    );
    database.grantConnect(consumer, databaseRoles.loader);
    return consumer.set('BATCH_SIZE', String(config.processing.eventsPerTransaction));
  }
}
