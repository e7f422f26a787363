import * as z from 'zod';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const refresh = readStatement('refresh_stale_metrics');
const refreshed = z.object({ is_more: z.boolean() });

/** Calculates the daily metrics again for days whose events or sessions changed, a few days in each transaction. */
export async function refreshMetrics(database: Queryable, logger: Logger): Promise<void> {
  let rounds = 0;
  for (let isMore = true; isMore; rounds += 1) {
    const { rows } = await database.query(refresh);
    isMore = refreshed.parse(rows[0]).is_more;
  }
  logger.info('metrics refreshed', { rounds });
}
