import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

/** Minutes that a window of a token's rate is kept: far longer than any process counts into it. */
const KEPT_MINUTES = 5;

const forget = readStatement('forget_token_usage');

/** Deletes what tokens used of their rate in windows that are over. */
export async function forgetTokenUsage(database: Queryable, logger: Logger): Promise<void> {
  const { rowCount } = await database.query(forget, [KEPT_MINUTES]);
  logger.debug('token usage forgotten', { windows: rowCount });
}
