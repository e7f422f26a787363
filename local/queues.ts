import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  QueueNameExists,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { QueueAccess } from './messages.ts';
import type { QueueModel } from './template.ts';

export const queueShape = z.object({
  logicalId: z.string(),
  name: z.string(),
  attributes: z.record(z.string(), z.string()),
  redrive: z.object({ deadLetterQueueId: z.string(), maxReceiveCount: z.number() }).optional(),
});

/** Where a queue of the template is on this machine. */
export const queueAddress = z.object({ logicalId: z.string(), url: z.string(), arn: z.string() });
export type QueueAddress = z.infer<typeof queueAddress>;

/** A client for the stack's queues. */
export function queueClient({ endpoint, region, ...credentials }: QueueAccess): SQSClient {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return new SQSClient({
    endpoint,
    region,
    // The URLs of the local server name hosts that no resolver knows.
    useQueueUrlAsEndpoint: false,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
}

/** Creates the template's queues, or brings those that exist to its attributes; dead-letter queues come first. */
export async function createQueues(client: SQSClient, queues: QueueModel[]): Promise<QueueAddress[]> {
  const addresses = new Map<string, QueueAddress>();
  const create = async (queue: QueueModel): Promise<QueueAddress> => {
    const known = addresses.get(queue.logicalId);
    if (known !== undefined) return known;
    const attributes = { ...queue.attributes };
    if (queue.redrive !== undefined) {
      const { deadLetterQueueId, maxReceiveCount } = queue.redrive;
      const deadLetters = queues.find(({ logicalId }) => logicalId === deadLetterQueueId);
      if (deadLetters === undefined)
        throw new Error(`${queue.logicalId} has no dead-letter queue ${deadLetterQueueId}.`);
      const { arn } = await create(deadLetters);
      attributes.RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount });
    }
    const url = await createOne(client, queue.name, attributes);
    const answer = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const address = { logicalId: queue.logicalId, url, arn: z.string().parse(answer.Attributes?.QueueArn) };
    addresses.set(queue.logicalId, address);
    return address;
  };
  for (const queue of queues) await create(queue);
  return [...addresses.values()];
}

async function createOne(
  client: SQSClient,
  name: string,
  attributes: Record<string, string>,
): Promise<string> {
  try {
    const created = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return z.string().parse(created.QueueUrl);
  } catch (error) {
    if (!(error instanceof QueueNameExists)) throw error;
  }
  const existing = await client.send(new CreateQueueCommand({ QueueName: name }));
  const url = z.string().parse(existing.QueueUrl);
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
  return url;
}
