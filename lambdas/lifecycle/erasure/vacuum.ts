import type pg from 'pg';
import * as z from 'zod';
import { readStatement } from '../../platform/statement.ts';

const tablesWithPeople = readStatement('erasure/tables_to_vacuum');
const vacuumRow = z.object({ vacuum: z.string() });

/**
 * Writes the tables in which people leave something anew, one after another, so that no page keeps bytes of rows that are gone. Rows that
 * an older transaction may still see are copied, and the log keeps what it has until it is recycled: neither is this function's to end.
 * Each table is locked while it is written, so ingest and loading wait: an operator's tool, for when it has to be proven.
 * What Postgres may do to rows without it (autovacuum) makes them unreachable, and writes over their bytes when it needs the room.
 * @param pool of the tables' owner. One who is no superuser gets notices for what is the server's own.
 * @returns how many tables were written.
 */
export async function vacuumErased(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(tablesWithPeople);
  const tables = z.array(vacuumRow).parse(rows);
  const client = await pool.connect();
  try {
    // Whole tables take longer than any request may.
    await client.query('SET statement_timeout = 0');
    for (const { vacuum } of tables) await client.query(vacuum);
    await client.query('VACUUM FULL pg_catalog.pg_statistic');
    await client.query('RESET statement_timeout');
  } finally {
    client.release();
  }
  return tables.length;
}
