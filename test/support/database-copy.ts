import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { TestDatabase } from './database.ts';

/**
 * Copies a database: what was landed once is loaded in several ways, and every copy has the same arrivals.
 * Nobody may be connected to the original, so its pool has to be ended before.
 */
export async function copyDatabase(original: TestDatabase): Promise<TestDatabase> {
  const from = new URL(original.url);
  const server = new URL('/postgres', original.url).href;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${from.pathname.slice(1)}`);
  const url = new URL(`/${name}`, original.url).href;
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  return {
    url,
    pool,
    async drop() {
      await pool.end();
      await execute(server, `DROP DATABASE ${name}`);
    },
  };
}

/** Drops a database whose pool was ended already. */
export const dropDatabase = ({ url }: TestDatabase): Promise<void> =>
  execute(new URL('/postgres', url).href, `DROP DATABASE ${new URL(url).pathname.slice(1)}`);

async function execute(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
