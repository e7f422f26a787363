import type pg from 'pg';

const ROWS_PER_INSERT = 1_000;

/**
 * What this machine, this Postgres and this driver can do at best: ready rows of the same bytes, 1,000 to an insert, into one
 * table without an index. Figures are reported beside it because absolute ones change with the machine and the hour.
 * @returns rows a second.
 */
export async function measureLimit(
  pool: pg.Pool,
  payloads: readonly string[],
  rows: number,
): Promise<number> {
  await pool.query('CREATE SCHEMA IF NOT EXISTS bench');
  await pool.query('CREATE TABLE bench.ready_rows (payload text NOT NULL)');
  try {
    const batch = Array.from({ length: ROWS_PER_INSERT }, (_, index) => payloads[index % payloads.length]);
    const begin = performance.now();
    for (let done = 0; done < rows; done += ROWS_PER_INSERT) {
      await pool.query('INSERT INTO bench.ready_rows (payload) SELECT unnest($1::text[])', [batch]);
    }
    return (rows / (performance.now() - begin)) * 1_000;
  } finally {
    await pool.query('DROP SCHEMA bench CASCADE');
  }
}
