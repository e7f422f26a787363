import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../lambdas/platform/environment.ts';
import { createPool, inTransaction } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** Milliseconds after which the server ends a session that does nothing, and how long the process is frozen. */
const IDLE = 100;
const FROZEN = 1_500;

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET idle_session_timeout = ${IDLE}', current_database()); END $$`,
  );
  pool = createPool(readEnvironment({ SYSTEM_DATABASE_URL: database.url, DB_POOL_MAX: '3' }));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** What Lambda does to a process between two invocations: not even its timers go on. */
const freeze = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FROZEN);

const backend = 'SELECT pg_backend_pid() AS id';

/** Fills the pool with sessions, all idle again afterwards. */
const open = (): Promise<unknown> =>
  Promise.all(Array.from({ length: 3 }, () => pool.query('SELECT pg_sleep(0.01)')));

describe('what comes first after a freeze in which the server ended every idle session', () => {
  it('is done in a new session when it is a statement', async () => {
    await open();
    freeze();
    await expect(pool.query(backend)).resolves.toMatchObject({ rowCount: 1 });
  });

  it('is done in a new session when it is a transaction, once', async () => {
    await open();
    let runs = 0;
    freeze();
    const done = inTransaction(pool, async (client) => {
      runs += 1;
      return client.query(backend);
    });
    await expect(done).resolves.toMatchObject({ rowCount: 1 });
    expect(runs).toBe(1);
  });

  it('is done in new sessions when it is as much as the pool holds', async () => {
    await open();
    freeze();
    const all = await Promise.all(Array.from({ length: 3 }, () => pool.query(backend)));
    expect(all.map(({ rowCount }) => rowCount)).toEqual([1, 1, 1]);
  });
});

it('a session that ends in the middle of a statement is not tried again: it may have done its work', async () => {
  const killed = pool.query('SELECT pg_terminate_backend(pg_backend_pid())');
  await expect(killed).rejects.toMatchObject({ code: '57P01' });
});
