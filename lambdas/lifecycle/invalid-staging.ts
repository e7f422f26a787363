import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

/** Days that a row which failed validation stays to be looked at; the quarantine keeps the event itself. */
const KEPT_DAYS = 7;

const trim = readStatement('trim_invalid_staging');

/** Removes old rows that failed validation from staging. */
export async function trimInvalidStaging(database: Queryable, logger: Logger): Promise<void> {
  const { rowCount } = await database.query(trim, [KEPT_DAYS]);
  logger.info('invalid rows trimmed', { rows: rowCount });
}
