import type { Queryable } from '../platform/postgres.ts';

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
