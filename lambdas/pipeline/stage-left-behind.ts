import * as z from 'zod';
import { remainingMilliseconds } from '../platform/invocation.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { inSets } from '../platform/sets.ts';
import { readStatement } from '../platform/statement.ts';

const findLeftBehind = readStatement('find_left_behind');
const leftRow = z.object({ request_id: z.string(), event_count: z.number() });

/** Requests that one invocation takes along; the next takes more. */
const REQUESTS_AT_A_TIME = 1_000;
/** Milliseconds that must be left: it is extra work, and a time-out would bring the whole batch again. */
const TIME_NEEDED = 5_000;

/**
 * Stages what landed so long ago that its ring must be stuck in a process that gathers rings and is not called any more. So under
 * any traffic nothing waits for the sweeper. Fails silently, since nobody rang for this: the sweeper will.
 * @param overdueSeconds 0 where rings are not gathered: then there is nothing to look for.
 */
export async function stageLeftBehind(
  database: Queryable,
  logger: Logger,
  { overdueSeconds, eventsPerSet }: { overdueSeconds: number; eventsPerSet: number },
  stage: (requestIds: readonly string[]) => Promise<void>,
): Promise<void> {
  if (overdueSeconds === 0 || remainingMilliseconds() < TIME_NEEDED) return;
  try {
    const { rows } = await database.query(findLeftBehind, [overdueSeconds, REQUESTS_AT_A_TIME]);
    const [left = []] = inSets(z.array(leftRow).parse(rows), ({ event_count }) => event_count, {
      items: REQUESTS_AT_A_TIME,
      weight: eventsPerSet,
    });
    if (left.length > 0) await stage(left.map(({ request_id }) => request_id));
  } catch (error) {
    logger.warn('left behind, the sweeper takes over', { cause: errorKind(error) });
  }
}
