import type pg from 'pg';
import * as z from 'zod';
import { remainingMilliseconds } from '../platform/invocation.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { queryInTime } from './time-limit.ts';

const noteDays = readStatement('metrics/note_days');
const refreshDay = readStatement('metrics/refresh_day');
const recomputeStatement = readStatement('metrics/recompute_day');

/** Milliseconds without which no statement is begun: what is not reached by then is the next run's. */
const LEAST_TIME = 12_000;

const noted = z.tuple([z.object({ is_behind: z.boolean() })]);
const refreshed = z.tuple([
  z.discriminatedUnion('is_done', [
    z.object({ is_done: z.literal(true), rows_changed: z.number(), rows_restated: z.number() }),
    z.object({ is_done: z.literal(false) }),
  ]),
]);

/** What became of the metrics of one day. */
export interface Recomputed {
  /** Sites whose metrics changed. */
  readonly changed: number;
  /** Those of them whose metrics had been published. */
  readonly restated: number;
}
const recomputed = z
  .object({ rows_changed: z.number(), rows_restated: z.number() })
  .transform((row): Recomputed => ({ changed: row.rows_changed, restated: row.rows_restated }));

/**
 * Calculates the daily metrics again for days whose events or sessions changed, the newest first. What is done is kept even if the rest
 * fails, so every run comes further.
 */
export async function refreshMetrics(pool: pg.Pool, logger: Logger): Promise<void> {
  const hasTime = () => remainingMilliseconds() > LEAST_TIME;
  const done = { days: 0, changed: 0, restated: 0 };
  let isBehind: boolean;
  // One look and one day whatever time there is.
  do {
    [{ is_behind: isBehind }] = noted.parse(await queryInTime(pool, noteDays));
  } while (isBehind && hasTime());
  let isMore: boolean;
  do {
    const [day] = refreshed.parse(await queryInTime(pool, refreshDay));
    isMore = day.is_done;
    if (day.is_done) {
      done.days += 1;
      done.changed += day.rows_changed;
      done.restated += day.rows_restated;
      if (day.rows_restated > 0) logger.measure({ DaysRestated: day.rows_restated });
    }
  } while (isMore && hasTime());
  logger.info('metrics refreshed', { ...done, is_done: !isBehind && !isMore });
}

/** Calculates the metrics of one day anew, whether anything is known to have changed or not. @param tenantHk null for all tenants. */
export async function recomputeDay(
  database: Queryable,
  day: string,
  tenantHk: Buffer | null,
): Promise<Recomputed> {
  const { rows } = await database.query(recomputeStatement, [day, tenantHk]);
  return recomputed.parse(rows[0]);
}
