import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgetSalts, makeSalts } from '../../lambdas/lifecycle/salts.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { createSaltKeeper } from '../../lambdas/tenancy/visitor-salts.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess, json } from '../support/http-calls.ts';
import { silent } from '../support/pipeline.ts';
import { track } from '../support/sql-api.ts';

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

/** Which file the table is in, and how many samples of its secrets the planner keeps. */
async function keptBy() {
  const { rows } = await database.pool.query<{ file: string; samples: number }>(
    `SELECT pg_relation_filepath('auth.visitor_salts') AS file,
       (SELECT count(*)::int FROM pg_stats WHERE tablename = 'visitor_salts' AND attname = 'salt') AS samples`,
  );
  return rows[0];
}

const aged = (day: string, hours: number, salt: Buffer) =>
  database.pool.query(
    `INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt, created_at)
     VALUES ($1, $2, $3, now() - make_interval(mins => $4))`,
    [acme.tenantHk, day, salt, hours * 60],
  );
const saltsOf = async (day: string) => {
  const { rows } = await database.pool.query<{ salt: Buffer }>(
    'SELECT salt FROM auth.visitor_salts WHERE tenant_hk = $1 AND salt_day = $2',
    [acme.tenantHk, day],
  );
  return rows.map(({ salt }) => salt);
};

it('before a salt is 48 hours old not one byte of it is left, and younger ones are as they were', async () => {
  const [old, young] = [randomBytes(32), randomBytes(32)];
  await aged('2026-05-01', 46, old);
  await aged('2026-05-02', 44, young);
  await database.pool.query('ANALYZE auth.visitor_salts');
  const before = await keptBy();
  await forgetSalts(database.as(databaseRoles.maintenance), silent);
  expect(await saltsOf('2026-05-01')).toEqual([]);
  expect(await saltsOf('2026-05-02')).toEqual([young]);
  const after = await keptBy();
  // A row that is deleted leaves its bytes in the file; what is written anew has what is left.
  expect(after?.file).not.toBe(before?.file);
  expect([before?.samples, after?.samples]).toEqual([0, 0]);
});

it('a salt whose table is held waits for the next run, and goes before it is 48 hours old all the same', async () => {
  const [waits, goes] = [randomBytes(32), randomBytes(32)];
  await aged('2026-06-01', 46, waits);
  await aged('2026-06-02', 47.5, goes);
  const other = await otherProcess.connect();
  await other.query('BEGIN; SELECT FROM auth.visitor_salts');
  await forgetSalts(database.as(databaseRoles.maintenance), silent);
  expect(await saltsOf('2026-06-01')).toEqual([waits]);
  expect(await saltsOf('2026-06-02')).toEqual([]);
  await other.query('ROLLBACK');
  other.release();
  await forgetSalts(database.as(databaseRoles.maintenance), silent);
  expect(await saltsOf('2026-06-01')).toEqual([]);
});

it('the salts of a day are made before it begins, of every tenant, under the key that is valid then', async () => {
  const { id } = await provisionTenant(database.pool, { tenantId: 'ahead', siteId: 's', name: 'A' });
  const { tenantHk } = await findTenant(database.pool, id);
  const maintenance = database.as(databaseRoles.maintenance);
  const made = async () => {
    const { rows } = await database.pool.query(
      'SELECT salt_day::text AS day, key_version AS version FROM auth.visitor_salts WHERE tenant_hk = $1 ORDER BY 1',
      [tenantHk],
    );
    return rows.map(({ day, version }) => `${day} ${version}`);
  };
  await makeSalts(maintenance, silent, new Date('2026-07-01T20:59:00Z'));
  expect(await made()).toEqual(['2026-07-01 1']);
  await database.pool.query(
    `INSERT INTO auth.visitor_keys (tenant_hk, key_version, secret, valid_from) VALUES ($1, 2, $2, '2026-07-02')`,
    [tenantHk, randomBytes(32)],
  );
  for (const minute of ['05', '10'])
    await makeSalts(maintenance, silent, new Date(`2026-07-01T21:${minute}:00Z`));
  expect(await made()).toEqual(['2026-07-01 1', '2026-07-02 2']);
});

it('an open transaction with the first event of the day keeps no other event of its tenant waiting', async () => {
  const { id, tokens } = await provisionTenant(database.pool, { tenantId: 'open', siteId: 's', name: 'A' });
  await makeSalts(database.as(databaseRoles.maintenance), silent, new Date());
  const other = await otherProcess.connect();
  try {
    await other.query('BEGIN');
    await track(other, { tenantId: id, event_type: 'click' });
    const headers = credentials(tokens.secret, id);
    const impatient = new pg.Pool({ connectionString: database.url, max: 2, lock_timeout: 1_000 });
    const answer = await ingestProcess(impatient)('POST /api/v1/track/async', headers, {
      event_type: 'click',
    });
    await impatient.end();
    expect(json(answer)).toMatchObject({ success: true });
  } finally {
    await other.query('ROLLBACK');
    other.release();
  }
});
