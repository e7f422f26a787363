import * as z from 'zod';
import { functionType } from './functions.ts';
import type { Resources } from './resources.ts';

const queueType = 'AWS::SQS::Queue';
/** What a standard queue takes as batch size where the mapping is silent. */
const defaultBatchSize = 10;

/** The attributes that SQS itself understands; tags, policies and encryption say nothing to a local queue. */
const queueProperties = z.object({
  QueueName: z.string().optional(),
  FifoQueue: z.boolean().optional(),
  VisibilityTimeout: z.number().optional(),
  DelaySeconds: z.number().optional(),
  MaximumMessageSize: z.number().optional(),
  MessageRetentionPeriod: z.number().optional(),
  ReceiveMessageWaitTimeSeconds: z.number().optional(),
  ContentBasedDeduplication: z.boolean().optional(),
  RedrivePolicy: z
    .object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.coerce.number() })
    .optional(),
});

const mappingProperties = z.object({
  FunctionName: z.unknown(),
  EventSourceArn: z.unknown(),
  Enabled: z.boolean().default(true),
  BatchSize: z.number().default(defaultBatchSize),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  ScalingConfig: z.object({ MaximumConcurrency: z.number().optional() }).optional(),
  FunctionResponseTypes: z.array(z.string()).default([]),
});

export interface QueueModel {
  logicalId: string;
  name: string;
  attributes: Record<string, string>;
  redrive: { deadLetterQueueId: string; maxReceiveCount: number } | undefined;
}

export interface EventSourceMappingModel {
  functionId: string;
  queueId: string;
  batchSize: number;
  batchingWindowSeconds: number;
  /** Undefined where only the function's own limit counts. */
  maximumConcurrency: number | undefined;
  reportsItemFailures: boolean;
}

/** Every queue, dead-letter queues included. */
export function readQueues(resources: Resources): QueueModel[] {
  return resources.ofType(queueType, queueProperties).map(({ logicalId, properties }) => {
    const { QueueName, RedrivePolicy, ...attributes } = properties;
    return {
      logicalId,
      name: QueueName ?? `${logicalId}${properties.FifoQueue === true ? '.fifo' : ''}`,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, String(value)]),
      ),
      redrive: RedrivePolicy && {
        deadLetterQueueId: resources.target(RedrivePolicy.deadLetterTargetArn, queueType),
        maxReceiveCount: RedrivePolicy.maxReceiveCount,
      },
    };
  });
}

/** The enabled mappings from a queue to a function. */
export function readEventSourceMappings(resources: Resources): EventSourceMappingModel[] {
  return resources
    .ofType('AWS::Lambda::EventSourceMapping', mappingProperties)
    .filter(({ properties }) => properties.Enabled)
    .map(({ properties }) => ({
      functionId: resources.target(properties.FunctionName, functionType),
      queueId: resources.target(properties.EventSourceArn, queueType),
      batchSize: properties.BatchSize,
      batchingWindowSeconds: properties.MaximumBatchingWindowInSeconds,
      maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency,
      reportsItemFailures: properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    }));
}
