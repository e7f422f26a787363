import { createHash } from 'node:crypto';
import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { currentInvocation } from './invocation.ts';
import { errorKind, type Logger } from './log.ts';
import { inSets } from './sets.ts';
import { createSqsClient, withinPatience } from './sqs.ts';

/**
 * What a message says: these requests have work for you. Ids only; the database knows what the work is, so a lost,
 * doubled or late message does no harm.
 */
const ring = z.object({
  requests: z
    .array(z.object({ id: z.string().regex(/^\d{1,19}$/), events: z.number().int().min(0) }))
    .min(1)
    .max(100),
});

export interface PendingRequest {
  readonly requestId: string;
  readonly tenantId: string;
  /** How many events it holds, so that a consumer can size its transactions before it asks the database. */
  readonly events: number;
}

/** A request as a message names it. */
export type RungRequest = Omit<PendingRequest, 'tenantId'>;

/** One message holds at most this many requests, and unless it is one alone at most this many events. */
const REQUESTS_PER_MESSAGE = 100;
const EVENTS_PER_MESSAGE = 1_000;
const MESSAGES_PER_CALL = 10;
/** What one call can carry for one tenant. */
export const FULL_CALL = {
  requests: REQUESTS_PER_MESSAGE * MESSAGES_PER_CALL,
  events: EVENTS_PER_MESSAGE * MESSAGES_PER_CALL,
} as const;

/** The requests in a message's body, or null for a body that is none of ours. */
export function readRing(body: string): RungRequest[] | null {
  try {
    const parsed = ring.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data.requests.map(({ id, events }) => ({ requestId: id, events })) : null;
  } catch {
    return null;
  }
}

export interface Doorbell {
  /** Announces the requests. Resolves when the queue has taken them. @throws when it has not taken all. */
  ring(requests: readonly PendingRequest[]): Promise<void>;
}

/**
 * A doorbell on one queue. Messages carry the tenant as `MessageGroupId`, so that SQS keeps a noisy tenant from delaying
 * the others. Rings that come while a call is under way leave together with the next call.
 * @param delaySeconds how long the queue keeps a message to itself.
 */
export function createDoorbell(
  queueUrl: string,
  { client = createSqsClient(), delaySeconds = 0 }: { client?: SQSClient; delaySeconds?: number } = {},
): Doorbell {
  let waiting: PendingRequest[] = [];
  let next: Promise<void> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  return {
    ring(requests) {
      if (requests.length === 0) return Promise.resolve();
      waiting.push(...requests);
      next ??= last
        .catch(() => undefined)
        .then(() => {
          const batch = waiting;
          waiting = [];
          next = null;
          last = send(client, queueUrl, batch, delaySeconds);
          return last;
        })
        .then(() => undefined);
      return next;
    },
  };
}

/** For those who do by themselves what they would ring for. */
export const silentDoorbell: Doorbell = { ring: () => Promise.resolve() };

/** Rings, and counts what fails. @throws when the queue does not take it. */
export async function ringOrFail(
  bell: Doorbell,
  requests: readonly PendingRequest[],
  logger: Logger,
): Promise<void> {
  try {
    await bell.ring(requests);
  } catch (error) {
    logger.measure({ DoorbellFailures: 1 });
    throw error;
  }
}

/** Rings for work that is safe already: when the queue does not take it, the sweeper rings within two minutes. */
export async function ringOrLeave(
  bell: Doorbell,
  requests: readonly PendingRequest[],
  logger: Logger,
): Promise<void> {
  try {
    await ringOrFail(bell, requests, logger);
  } catch (error) {
    logger.warn('doorbell failed', { cause: errorKind(error) });
  }
}

/** SQS takes 128 characters of a small alphabet; a tenant named otherwise still gets a group of its own. */
const groupOf = (tenantId: string): string =>
  /^[\w.-]{1,128}$/.test(tenantId) ? tenantId : createHash('sha256').update(tenantId).digest('hex');

async function send(
  client: SQSClient,
  queueUrl: string,
  requests: readonly PendingRequest[],
  delaySeconds: number,
): Promise<void> {
  const entries = messagesOf(requests, delaySeconds);
  for (let at = 0; at < entries.length; at += MESSAGES_PER_CALL) {
    const chunk = entries.slice(at, at + MESSAGES_PER_CALL);
    const answer = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: chunk }),
      withinPatience(),
    );
    // The call answers 200 when some entries were refused.
    if ((answer.Failed?.length ?? 0) > 0)
      throw new Error(`The queue refused ${answer.Failed?.length} of ${chunk.length} messages.`);
  }
}

function messagesOf(
  requests: readonly PendingRequest[],
  delaySeconds: number,
): SendMessageBatchRequestEntry[] {
  const byTenant = Map.groupBy(requests, ({ tenantId }) => tenantId);
  const xrayHeader = currentInvocation()?.xrayHeader;
  const messages = [...byTenant].flatMap(([tenantId, own]) =>
    inSets(own, ({ events }) => events, { items: REQUESTS_PER_MESSAGE, weight: EVENTS_PER_MESSAGE }).map(
      (set) => ({
        MessageGroupId: groupOf(tenantId),
        DelaySeconds: delaySeconds,
        // X-Ray draws the consumer's work behind that of whoever rang.
        ...(xrayHeader !== undefined && {
          MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: xrayHeader } },
        }),
        MessageBody: JSON.stringify({
          requests: set.map(({ requestId, events }) => ({ id: requestId, events })),
        } satisfies z.infer<typeof ring>),
      }),
    ),
  );
  return messages.map((message, index) => ({ Id: String(index), ...message }));
}
