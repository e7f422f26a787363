import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { createSqsClient, withinPatience } from './sqs.ts';

export interface QueueDepth {
  readonly name: string;
  /** Messages waiting, and messages a consumer holds. SQS calls both approximate. */
  readonly visible: number;
  readonly in_flight: number;
}

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
