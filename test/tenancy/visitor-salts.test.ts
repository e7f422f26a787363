import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSaltKeeper } from '../../lambdas/tenancy/visitor-salts.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const acme = { tenantId: 'acme', tenantHk: Buffer.alloc(32, 1) };
const globex = { tenantId: 'globex', tenantHk: Buffer.alloc(32, 2) };

let database: TestDatabase;
let otherProcess: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  otherProcess = new pg.Pool({ connectionString: database.url, max: 10 });
});
afterAll(async () => {
  await otherProcess.end();
  await database.drop();
});

it('a tenant’s day has one salt, however many ask for it at once', async () => {
  for (let day = 1; day <= 9; day += 1) {
    const at = new Date(`2026-01-0${day}T12:00:00Z`);
    const keepers = Array.from({ length: 10 }, (_, index) =>
      createSaltKeeper(index % 2 === 0 ? database.pool : otherProcess),
    );
    const salts = await Promise.all(keepers.map((saltOf) => saltOf(acme, at)));
    expect(new Set(salts.map(({ secret }) => secret.toString('hex'))).size).toBe(1);
    expect(salts[0]?.secret).toHaveLength(32);
  }
});

it('who has to wait for another’s salt gets that one', async () => {
  const theirs = Buffer.alloc(32, 7);
  const other = await otherProcess.connect();
  await other.query('BEGIN');
  await other.query(
    `INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt) VALUES ($1, '2026-02-01', $2)`,
    [acme.tenantHk, theirs],
  );
  const waiting = createSaltKeeper(database.pool)(acme, new Date('2026-02-01T00:00:00Z'));
  for (let waits = 0; waits === 0; ) {
    const { rows } = await database.pool.query<{ waits: number }>(
      `SELECT count(*)::int AS waits FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    waits = rows[0]?.waits ?? 0;
  }
  await other.query('COMMIT');
  other.release();
  expect(await waiting).toEqual({ version: null, secret: theirs });
});

it('two tenants, two days: four salts', async () => {
  const saltOf = createSaltKeeper(database.pool);
  const salts = await Promise.all(
    [acme, globex].flatMap((tenant) =>
      ['2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00Z'].map((at) => saltOf(tenant, new Date(at))),
    ),
  );
  expect(new Set(salts.map(({ secret }) => secret.toString('hex'))).size).toBe(4);
});

it('a salt is asked for once, and remembered while the database is away', async () => {
  const ownPool = new pg.Pool({ connectionString: database.url, max: 1 });
  const saltOf = createSaltKeeper(ownPool);
  const first = await saltOf(acme, new Date('2026-04-01T00:00:00Z'));
  await ownPool.end();
  expect(await saltOf(acme, new Date('2026-04-01T18:00:00Z'))).toEqual(first);
  await expect(saltOf(acme, new Date('2026-04-02T00:00:00Z'))).rejects.toThrow('pool');
});
