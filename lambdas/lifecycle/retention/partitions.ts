import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { sqlState } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { hasTime, inStep, type RetentionContext } from './context.ts';

const listPastWeeks = readStatement('retention/list_past_weeks');
const dropExpiredWeek = readStatement('retention/drop_expired_week');
const listPastEventPartitions = readStatement('retention/list_past_event_partitions');
const emptyEventPartition = readStatement('retention/empty_event_partition');

/** Not to be had in a tenth of a second, or a deadlock. */
const LOCK_FAILURES = new Set(['55P03', '40P01']);
/** How often, and with which pauses, a partition is tried that others work with. Who needs it meanwhile goes first. */
const ATTEMPTS = 3;
const PAUSE_MILLISECONDS = 200;

const weekRow = z.object({ week_start: z.string() });
const rangeRow = z.object({ range_start: z.string(), range_end: z.string() });
const doneRow = z.object({ is_done: z.boolean() });

/** Drops weeks of the raw layer of which no tenant keeps anything. @returns how many. */
export async function dropExpiredWeeks(context: RetentionContext): Promise<number> {
  const { rows } = await context.pool.query(listPastWeeks, [context.asOf]);
  const weeks = z.array(weekRow).parse(rows);
  return countDone(
    context,
    dropExpiredWeek,
    weeks.map(({ week_start }) => [week_start, context.asOf]),
  );
}

/** Gives back the space of partitions of events in which nothing is left. @returns how many. */
export async function emptyEventPartitions(context: RetentionContext): Promise<number> {
  const { rows } = await context.pool.query(listPastEventPartitions);
  const ranges = z.array(rangeRow).parse(rows);
  return countDone(
    context,
    emptyEventPartition,
    ranges.map(({ range_start, range_end }) => [range_start, range_end]),
  );
}

/**
 * Runs a statement for one partition after another, until one is busy all the time: the rest waits for another run. Row by row their
 * contents go anyway.
 */
async function countDone(
  context: RetentionContext,
  statement: string,
  partitions: readonly (readonly unknown[])[],
): Promise<number> {
  let done = 0;
  for (const values of partitions) {
    const isDone = await attempt(context, statement, values);
    if (isDone === null) break;
    if (isDone) done += 1;
  }
  return done;
}

/** Whether a partition was done with; null when others have kept it busy, or no time is left. */
async function attempt(
  context: RetentionContext,
  statement: string,
  values: readonly unknown[],
): Promise<boolean | null> {
  for (let attempts = 1; hasTime(context); attempts += 1) {
    try {
      const { rows } = await inStep(context, (client) => client.query(statement, values));
      return doneRow.parse(rows[0]).is_done;
    } catch (error) {
      if (!LOCK_FAILURES.has(sqlState(error) ?? '')) throw error;
      if (attempts === ATTEMPTS) return null;
    }
    await sleep(PAUSE_MILLISECONDS);
  }
  return null;
}
