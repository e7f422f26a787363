import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { type Environment, requireQueueUrl } from './environment.ts';
import { createSqsClient, withinPatience } from './sqs.ts';

export interface QueueDepth {
  readonly name: string;
  /** Messages waiting, and messages a consumer holds. SQS calls both approximate. */
  readonly visible: number;
  readonly in_flight: number;
}

/** The queues of the pipeline by the names under which their depths are answered. */
export const pipelineQueues = (environment: Environment): Readonly<Record<string, string>> => ({
  staging: requireQueueUrl(environment, 'STAGING_QUEUE_URL'),
  'staging dead letters': requireQueueUrl(environment, 'STAGING_DLQ_URL'),
  business: requireQueueUrl(environment, 'BUSINESS_QUEUE_URL'),
  'business dead letters': requireQueueUrl(environment, 'BUSINESS_DLQ_URL'),
});

/** Reads how much lies in each queue. */
export function createDepthReader(queues: Readonly<Record<string, string>>): () => Promise<QueueDepth[]> {
  const client = createSqsClient();
  return () =>
    Promise.all(
      Object.entries(queues).map(async ([name, QueueUrl]) => {
        const { Attributes = {} } = await client.send(
          new GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
          }),
          withinPatience(),
        );
        return {
          name,
          visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
          in_flight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        };
      }),
    );
}
