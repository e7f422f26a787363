import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { Logger } from '../platform/log.ts';
import { type Queryable, sqlState } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

/**
 * Hours after which a salt goes. After 48, nobody with the whole database in hand can go from a pseudonym back to an address: that leaves
 * two for a schedule that comes seldom, and one for processes that remember a salt (lambdas/tenancy/visitor-salts.ts).
 */
const SALT_HOURS = 45;
/** Hours after which the row goes even if the bytes in its file have to stay for now. */
const LATEST_HOURS = 47;
/** Tries to find a moment in which nobody holds the table. */
const TRIES = 3;
const PAUSE_MS = 200;
const LOCKED = '55P03';

const makeStatement = readStatement('make_visitor_salts');
const forgetStatement = readStatement('forget_visitor_salts');
const deleteStatement = readStatement('delete_visitor_salts');
const answer = z.tuple([z.object({ salts: z.number() })]);

/** Deletes the salts that have served their time, down to the bytes of their file. */
export async function forgetSalts(database: Queryable, logger: Logger): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      const [{ salts }] = answer.parse((await database.query(forgetStatement, [SALT_HOURS])).rows);
      if (salts > 0) logger.info('salts forgotten', { salts });
      return;
    } catch (error) {
      if (sqlState(error) !== LOCKED) throw error;
      if (tries < TRIES) await pause(PAUSE_MS);
    }
  }
  const { rowCount } = await database.query(deleteStatement, [LATEST_HOURS]);
  logger.warn('salts are held', { deleted: rowCount });
}

/**
 * Makes the salts of the day and, in its last hours, of the next. What is locked is made by the next run, or by whoever needs it.
 * @param at a moment of the day.
 */
export async function makeSalts(database: Queryable, logger: Logger, at: Date): Promise<void> {
  try {
    const [{ salts }] = answer.parse((await database.query(makeStatement, [at])).rows);
    if (salts > 0) logger.info('salts made', { salts });
  } catch (error) {
    if (sqlState(error) !== LOCKED) throw error;
    logger.warn('salts are made later', {});
  }
}
