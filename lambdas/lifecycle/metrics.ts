import * as z from 'zod';
import { remainingMilliseconds } from '../platform/invocation.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const refresh = readStatement('metrics/refresh');
const recomputeStatement = readStatement('metrics/recompute_day');

/** Milliseconds that are left to what else the job does: days that are not reached by then are the next run's. */
const TIME_FOR_OTHERS = 25_000;

const refreshed = z.object({
  is_behind: z.boolean(),
  is_more: z.boolean(),
  days: z.number(),
  rows_changed: z.number(),
  rows_restated: z.number(),
});

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

/** Calculates the daily metrics again for days whose events or sessions changed, a few days in each transaction. */
export async function refreshMetrics(database: Queryable, logger: Logger): Promise<void> {
  const done = { rounds: 0, days: 0, changed: 0, restated: 0 };
  let [isBehind, isMore] = [true, true];
  // One round whatever time there is, so that every run comes further.
  do {
    const { rows } = await database.query(refresh, [isBehind]);
    const round = refreshed.parse(rows[0]);
    [isBehind, isMore] = [round.is_behind, round.is_more];
    done.days += round.days;
    done.changed += round.rows_changed;
    done.restated += round.rows_restated;
    if (round.rows_restated > 0) logger.measure({ DaysRestated: round.rows_restated });
    done.rounds += 1;
  } while (isMore && remainingMilliseconds() > TIME_FOR_OTHERS);
  logger.info('metrics refreshed', done);
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
