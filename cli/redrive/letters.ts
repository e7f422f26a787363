import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { readRing } from '../../lambdas/platform/doorbell.ts';
import type { DeadLetters } from './queues.ts';

/** What one call of SQS takes. */
const BATCH = 10;
/** How long letters that are held stay out of others' sight; those of a run that was killed come back by themselves. */
const HOLD_SECONDS = 300;
/** Letters that one run looks at. */
export const MOST_LETTERS = 10_000;

const letter = z
  .object({
    MessageId: z.string(),
    ReceiptHandle: z.string(),
    Body: z.string(),
    Attributes: z.object({ MessageGroupId: z.string().optional() }).default({}),
  })
  .transform(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
    id: MessageId,
    handle: ReceiptHandle,
    body: Body,
    group: Attributes.MessageGroupId,
  }));
type Letter = z.infer<typeof letter>;

/** Letters that this process holds. */
export interface Held {
  readonly readable: readonly Letter[];
  /** They say nothing that a consumer could do, and would only come back. */
  readonly unreadable: readonly Letter[];
}

/** Takes dead letters into the hand, without removing one. */
export async function holdLetters(client: SQSClient, { url }: DeadLetters): Promise<Held> {
  const letters = new Map<string, Letter>();
  while (letters.size < MOST_LETTERS) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: BATCH,
        VisibilityTimeout: HOLD_SECONDS,
        // A short look may miss what lies on another of the queue's servers.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    if (Messages.length === 0) break;
    for (const each of Messages.map(readLetter)) letters.set(each.id, each);
  }
  const all = [...letters.values()];
  return {
    readable: all.filter(({ body }) => readRing(body) !== null),
    unreadable: all.filter(({ body }) => readRing(body) === null),
  };
}

const readLetter = (message: Message): Letter => letter.parse(message);

/** Lets go of letters: they are seen by others at once. */
export async function releaseLetters(
  client: SQSClient,
  { url }: DeadLetters,
  letters: readonly Letter[],
): Promise<void> {
  for (const set of batches(letters)) {
    await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: set.map(({ handle }, at) => ({
          Id: String(at),
          ReceiptHandle: handle,
          VisibilityTimeout: 0,
        })),
      }),
    );
  }
}

/**
 * Moves letters one by one. Each is sent before it is deleted, so that a run which is cut off leaves some of them in both queues,
 * which a doorbell may ring twice for, and none in neither.
 * @returns how many were moved; the others are still held.
 */
export async function moveLetters(
  client: SQSClient,
  { url, source }: DeadLetters,
  letters: readonly Letter[],
): Promise<number> {
  let moved = 0;
  for (const set of batches(letters)) {
    const { Successful = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: source.url,
        Entries: set.map(({ body, group }, at) => ({
          Id: String(at),
          MessageBody: body,
          ...(group !== undefined && { MessageGroupId: group }),
        })),
      }),
    );
    const sent = Successful.flatMap(({ Id }) => set[Number(Id)] ?? []);
    if (sent.length === 0) continue;
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: sent.map(({ handle }, at) => ({ Id: String(at), ReceiptHandle: handle })),
      }),
    );
    moved += sent.length;
  }
  return moved;
}

function* batches(letters: readonly Letter[]): Generator<readonly Letter[]> {
  for (let at = 0; at < letters.length; at += BATCH) yield letters.slice(at, at + BATCH);
}
