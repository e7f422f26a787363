import type pg from 'pg';
import * as z from 'zod';
import { isAnswered, processNow, type RequestProgress, readProgress } from '../pipeline/process-now.ts';
import { databaseRoles } from '../platform/database-roles.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import { inTransaction } from '../platform/postgres.ts';
import { inSets } from '../platform/sets.ts';
import { readStatement } from '../platform/statement.ts';
import type { Processed } from './pipeline-operations.ts';

const findPending = readStatement('find_pending');
const countPending = readStatement('count_pending');

const pendingRow = z.object({
  request_id: z.string(),
  stage: z.enum(['LANDED', 'STAGED']),
  event_count: z.number(),
});
type PendingRow = z.infer<typeof pendingRow>;
const remainingRow = z.object({ requests: z.number(), events: z.number() });

/** Milliseconds that one call works, well within the time-out of a function and of the gateway. */
const PATIENCE = 8_000;
/** Milliseconds beyond it to learn what came of a set that failed. */
const PROGRESS_PATIENCE = 2_000;
/** Requests that one call takes up. */
const REQUESTS = 5_000;

interface Bounds {
  /** Events of one transaction. */
  readonly eventsPerSet: number;
  readonly patience?: number;
}

/**
 * Processes what a tenant has pending, oldest first, until all is done or the time is over. What another worker holds is left
 * to it, and what cannot be processed now waits without holding up the rest.
 * @throws when the database does not answer.
 */
export async function processPending(
  pool: pg.Pool,
  logger: Logger,
  tenantId: string,
  { eventsPerSet, patience = PATIENCE }: Bounds,
): Promise<Processed> {
  const deadline = performance.now() + patience;
  const done = { staged: 0, loaded: 0, quarantined: 0 };
  const pending = await asLoader(findPending, [tenantId, 0, REQUESTS], pendingRow);
  logger.info(pending.length === 0 ? 'no processing needed' : 'processing triggered', {
    requests: pending.length,
  });
  for (const set of inSets(pending, ({ event_count }) => event_count, {
    items: Number.POSITIVE_INFINITY,
    weight: eventsPerSet,
  })) {
    const ids = set.map(({ request_id }) => request_id);
    try {
      tally(done, set, await processNow(pool, logger, ids, deadline));
    } catch (error) {
      logger.warn('processing failed, the queues go on', { cause: errorKind(error) });
      if (!isAnswered(error)) break;
      // One stage may have done its part.
      tally(done, set, await readProgress(pool, ids, performance.now() + PROGRESS_PATIENCE));
      if (performance.now() >= deadline) break;
    }
  }
  const [remaining = { requests: 0, events: 0 }] = await asLoader(countPending, [tenantId], remainingRow);
  logger.info('processing result', { ...done, remaining: remaining.requests });
  return {
    success: true,
    message: messageOf(pending.length, remaining.requests),
    timestamp: new Date().toISOString(),
    processed: done,
    remaining,
  };

  function asLoader<Row extends z.ZodType>(
    statement: string,
    values: readonly unknown[],
    row: Row,
  ): Promise<z.infer<Row>[]> {
    return inTransaction(
      pool,
      async (client) => z.array(row).parse((await client.query(statement, values)).rows),
      databaseRoles.loader,
    );
  }
}

function messageOf(found: number, left: number): string {
  if (found === 0) return 'No processing needed - all events up to date';
  return left === 0 ? 'Processed all that was pending' : 'Processed a part; the rest waits for the queues';
}

/** Adds what has become of a set's events since it was found. */
function tally(
  done: Processed['processed'],
  set: readonly PendingRow[],
  progress: readonly RequestProgress[],
): void {
  const before = new Map(set.map((request) => [request.request_id, request]));
  for (const { requestId, stage, refused } of progress) {
    const found = before.get(requestId);
    if (found === undefined) continue;
    const refusedIn = (where: 'STAGING' | 'BUSINESS') =>
      refused.filter((each) => each.stage === where).length;
    const wasStaged = found.stage === 'STAGED';
    const staged = found.event_count - refusedIn('STAGING');
    if (!wasStaged && stage !== 'LANDED') done.staged += staged;
    if (stage === null) done.loaded += staged - refusedIn('BUSINESS');
    done.quarantined += wasStaged ? refusedIn('BUSINESS') : refused.length;
  }
}
