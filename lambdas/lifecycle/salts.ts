import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

/** Hours after which nobody, with the whole database in hand, can go from a pseudonym back to an address. */
const SALT_HOURS = 48;

const forget = readStatement('forget_visitor_salts');

/** Deletes the salts that have served their time. */
export async function forgetSalts(database: Queryable, logger: Logger): Promise<void> {
  const { rowCount } = await database.query(forget, [SALT_HOURS]);
  logger.info('salts forgotten', { salts: rowCount });
}
