import type pg from 'pg';
import { remainingMilliseconds } from '../platform/invocation.ts';
import { inTransaction, type Queryable } from '../platform/postgres.ts';

/** What a transaction needs to end properly, in milliseconds. */
const MARGIN = 4_000;

/**
 * Lets the statements of this transaction take as long as there is time left: the server's own limit is made for single events.
 * @param left milliseconds until the work has to have ended; endless where nothing ends it.
 */
export async function limitStatements(client: Queryable, left: number): Promise<void> {
  // Zero is no limit at all.
  const limit = Number.isFinite(left) ? Math.max(1, Math.floor(left - MARGIN)) : 0;
  await client.query(`SELECT set_config('statement_timeout', $1, true)`, [String(limit)]);
}

/** Runs one statement in a transaction of its own, with as much time as the invocation has left. @returns its rows. */
export function queryInTime(
  pool: pg.Pool,
  statement: string,
  values: readonly unknown[] = [],
): Promise<unknown[]> {
  return inTransaction(pool, async (client) => {
    await limitStatements(client, remainingMilliseconds());
    return (await client.query(statement, values)).rows;
  });
}
