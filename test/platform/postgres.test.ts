import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEnvironment } from '../../lambdas/platform/environment.ts';
import { createPool, inTransaction, isPermanent } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const failureOf = (statement: string): Promise<unknown> =>
  database.pool.query(statement).then(
    () => null,
    (error) => error,
  );

it('reads times right from a database whose own date style is another', async () => {
  await database.pool.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''German''', current_database()); END $$`,
  );
  const pool = createPool(readEnvironment({ SYSTEM_DATABASE_URL: database.url }));
  try {
    const { rows } = await pool.query(`SELECT TIMESTAMPTZ '2026-02-03 04:05:06.789+00' AS at`);
    expect(rows).toEqual([{ at: new Date('2026-02-03T04:05:06.789Z') }]);
  } finally {
    await pool.end();
  }
});

it.each([
  ['text that jsonb cannot hold', `SELECT '"\\u0000"'::jsonb`, true],
  ['a number out of range', 'SELECT 3000000000::integer', true],
  [
    'a broken check',
    `INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt) VALUES ('', '2026-01-01', '')`,
    true,
  ],
  [
    'a partition that maintenance will make',
    `INSERT INTO raw.site_tracking_requests_r (received_timestamp, tenant_id, site_id, event_count, event_ids, byte_lengths, body) VALUES ('1990-01-01', 'a', 'b', 1, '{}', '{}', '')`,
    false,
  ],
  ['a statement that took too long', 'SET statement_timeout = 1; SELECT pg_sleep(1)', false],
])('takes %s for permanent: %#', async (_, statement, permanent) => {
  expect(isPermanent(await failureOf(statement))).toBe(permanent);
});

it('leaves nothing of a transaction that throws, and the pool usable', async () => {
  const attempt = inTransaction(database.pool, async (client) => {
    await client.query('CREATE TABLE util.left_behind (id integer)');
    throw new Error('planted');
  });
  await expect(attempt).rejects.toThrow('planted');
  const { rows } = await database.pool.query(
    `SELECT to_regclass('util.left_behind') IS NULL AS nothing_left`,
  );
  expect(rows).toEqual([{ nothing_left: true }]);
});
