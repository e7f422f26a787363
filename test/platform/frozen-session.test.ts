import { connect, createServer, type Socket } from 'node:net';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../lambdas/platform/environment.ts';
import { createPool, inTransaction } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** Milliseconds after which the server ends a session that does nothing, and how long the process is frozen. */
const IDLE = 100;
const FROZEN = 800;
const staleAfter = 500;

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
});
afterEach(() => pool.end());
afterAll(() => database.drop());

/** What Lambda does to a process between two invocations: not even its timers go on. */
const freeze = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FROZEN);

const backend = 'SELECT pg_backend_pid() AS id';

/** A pool that is full of sessions, all idle. */
async function openPool(url = database.url) {
  pool = createPool(readEnvironment({ SYSTEM_DATABASE_URL: url, DB_POOL_MAX: '3' }), undefined, {
    staleAfter,
  });
  await Promise.all(Array.from({ length: 3 }, () => pool.query('SELECT pg_sleep(0.01)')));
  expect(pool.idleCount).toBe(3);
}

describe('after a freeze in which the server ended every idle session', () => {
  beforeAll(() =>
    database.pool.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET idle_session_timeout = ${IDLE}', current_database()); END $$`,
    ),
  );
  afterAll(() =>
    database.pool.query(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET idle_session_timeout', current_database()); END $$`,
    ),
  );

  it('a statement is done in a new one', async () => {
    await openPool();
    freeze();
    await expect(pool.query(backend)).resolves.toMatchObject({ rowCount: 1 });
  });

  it('a transaction is done in a new one, once', async () => {
    await openPool();
    let runs = 0;
    freeze();
    const done = inTransaction(pool, async (client) => {
      runs += 1;
      return client.query(backend);
    });
    await expect(done).resolves.toMatchObject({ rowCount: 1 });
    expect(runs).toBe(1);
  });

  it('as many statements as the pool holds are done in new ones', async () => {
    await openPool();
    freeze();
    const all = await Promise.all(Array.from({ length: 3 }, () => pool.query(backend)));
    expect(all.map(({ rowCount }) => rowCount)).toEqual([1, 1, 1]);
  });
});

it('a network that forgot every session and says nothing is not waited for', async () => {
  const sockets: Socket[] = [];
  const upstream = new URL(database.url);
  const network = createServer((socket) => {
    const server = connect(Number(upstream.port), upstream.hostname);
    for (const each of [socket, server]) each.on('error', () => undefined);
    socket.pipe(server).pipe(socket);
    sockets.push(socket, server);
  });
  await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve));
  const address = network.address();
  if (address === null || typeof address === 'string') throw new Error('The network has no port.');
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  await openPool(url.href);
  // From now on what is sent on these goes nowhere, and nothing comes back.
  for (const socket of sockets) socket.unpipe();
  freeze();
  await expect(pool.query(backend)).resolves.toMatchObject({ rowCount: 1 });
  for (const socket of sockets) socket.destroy();
  network.close();
});

it('sessions that were used a moment ago are used again', async () => {
  await openPool();
  const idOf = async () => (await pool.query<{ id: number }>(backend)).rows[0]?.id;
  const before = await idOf();
  expect(await idOf()).toBe(before);
});
