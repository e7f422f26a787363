import * as z from 'zod';
import { type RungRequest, readRing } from './doorbell.ts';
import { remainingMilliseconds } from './invocation.ts';
import { errorKind, type Logger } from './log.ts';
import { inSets } from './sets.ts';

const queueEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      body: z.string(),
      attributes: z.object({ MessageGroupId: z.string().default('') }).default({ MessageGroupId: '' }),
    }),
  ),
});

/** Milliseconds that a set may need when no set of the batch has shown yet how long they take. */
const FIRST_SET = 2_000;
/** Times as long as the longest set so far that the next may take. */
const MARGIN = 2;

/** A tenant with more than this share of a set gets sets of its own: its work must not hold up that of the others. */
const SHARED_SET_SHARE = 0.1;

/** What SQS must be told: the messages to deliver again. An empty list, never nothing, means all are done. */
export interface PartialBatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

interface Rung {
  readonly messageId: string;
  /** Stands for the tenant. */
  readonly group: string;
  readonly requests: readonly RungRequest[];
}

/**
 * A consumer of doorbells: hands the rung requests to `work` in sets, those of tenants with little first, and reports the messages
 * of a set that failed.
 *
 * A message that says nothing readable is reported as failed too, so that it ends in the dead-letter queue where someone
 * looks at it; no event depends on it.
 * A set is not begun when the invocation may end before it: its messages are reported, and come again.
 * @param eventsPerSet events that one transaction takes at the most, unless one message alone rings for more.
 */
export function createQueueConsumer(
  logger: Logger,
  eventsPerSet: number,
  work: (requestIds: readonly string[]) => Promise<void>,
): (event: unknown) => Promise<PartialBatchAnswer> {
  return async (event) => {
    const failed: string[] = [];
    const rung: Rung[] = [];
    for (const { messageId, body, attributes } of queueEvent.parse(event).Records) {
      const requests = readRing(body);
      if (requests === null) failed.push(messageId);
      else rung.push({ messageId, group: attributes.MessageGroupId, requests });
    }
    if (failed.length > 0) logger.error('unreadable messages', { messages: failed.length });
    let needed = FIRST_SET;
    for (const set of fairSets(rung, eventsPerSet)) {
      // What a time-out cuts off keeps its locks until Postgres notices, and the whole batch would come again, not the rest alone.
      if (remainingMilliseconds() < needed) {
        logger.warn('out of time, messages left', { messages: set.length });
        failed.push(...set.map(({ messageId }) => messageId));
        continue;
      }
      const begun = performance.now();
      try {
        await work([...new Set(set.flatMap(({ requests }) => requests.map(({ requestId }) => requestId)))]);
      } catch (error) {
        logger.error('messages failed', { messages: set.length, cause: errorKind(error) });
        failed.push(...set.map(({ messageId }) => messageId));
      }
      needed = Math.max(needed, MARGIN * (performance.now() - begun));
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

function fairSets(rung: readonly Rung[], eventsPerSet: number): Rung[][] {
  const weigh = (own: readonly Rung[]): number => own.reduce((sum, each) => sum + eventsOf(each), 0);
  const tenants = [...Map.groupBy(rung, ({ group }) => group).values()].sort((a, b) => weigh(a) - weigh(b));
  const isSmall = (own: readonly Rung[]): boolean => weigh(own) <= eventsPerSet * SHARED_SET_SHARE;
  const lots = [tenants.filter(isSmall).flat(), ...tenants.filter((own) => !isSmall(own))];
  return lots.flatMap((lot) =>
    inSets(lot, eventsOf, { items: Number.POSITIVE_INFINITY, weight: eventsPerSet }),
  );
}

const eventsOf = ({ requests }: Rung): number => requests.reduce((sum, { events }) => sum + events, 0);
