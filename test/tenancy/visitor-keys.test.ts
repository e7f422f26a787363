import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction, type Tenant } from '../../lambdas/platform/postgres.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { findTenant } from '../../lambdas/tenancy/tenants.ts';
import { rotateVisitorKey } from '../../lambdas/tenancy/visitor-key-rotation.ts';
import { createKeyKeeper, visitorMark } from '../../lambdas/tenancy/visitor-keys.ts';
import { createSaltKeeper } from '../../lambdas/tenancy/visitor-salts.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess, json } from '../support/http-calls.ts';
import { track as trackInSql } from '../support/sql-api.ts';

const DAY = 24 * 3_600_000;
const acme = { tenantId: 'acme', tenantHk: Buffer.alloc(32, 1) };
const globex = { tenantId: 'globex', tenantHk: Buffer.alloc(32, 2) };
const inDays = (days: number) => new Date(Date.now() + days * DAY);
const utcDay = (at: Date) => at.toISOString().slice(0, 10);

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

const rotate = (tenant: Tenant) => inTransaction(database.pool, (client) => rotateVisitorKey(client, tenant));

it('a tenant has one first key, however many ask for it or for a salt at once', async () => {
  const pools = [database.pool, otherProcess];
  for (let round = 0; round < 5; round += 1) {
    const tenant = { tenantId: `t${round}`, tenantHk: Buffer.alloc(32, 50 + round) };
    const [keys, salts] = await Promise.all([
      Promise.all(pools.flatMap((pool) => [1, 2, 3].map(() => createKeyKeeper(pool)(tenant, new Date())))),
      Promise.all(pools.flatMap((pool) => [1, 2, 3].map(() => createSaltKeeper(pool)(tenant, new Date())))),
    ]);
    expect(new Set(keys.map(({ secret }) => secret.toString('hex'))).size).toBe(1);
    expect(new Set(salts.map(({ version, secret }) => `${version} ${secret.toString('hex')}`)).size).toBe(1);
    expect(keys[0]?.version).toBe(1);
  }
});

it('a key is valid from a later day on, and those before it for the days before', async () => {
  const first = await createKeyKeeper(database.pool)(globex, new Date());
  const { version, validFrom } = await rotate(globex);
  expect({ version, validFrom }).toEqual({ version: 2, validFrom: utcDay(inDays(1)) });
  const keyOf = createKeyKeeper(database.pool);
  expect(await keyOf(globex, new Date())).toEqual(first);
  // What must not change with a rotation is marked with the first key.
  expect(await keyOf(globex, new Date(0))).toEqual(first);
  const next = await keyOf(globex, inDays(1));
  expect(next.version).toBe(2);
  expect(visitorMark(next.secret, 'v')).not.toEqual(visitorMark(first.secret, 'v'));
});

it('a day whose salt is made keeps the key that it was made with', async () => {
  const before = await createSaltKeeper(database.pool)(acme, inDays(1));
  const { validFrom } = await rotate(acme);
  expect(validFrom).toBe(utcDay(inDays(2)));
  expect(await createSaltKeeper(database.pool)(acme, inDays(1))).toEqual(before);
  const [today, later] = [new Date(), inDays(2)].map((at) => createSaltKeeper(otherProcess)(acme, at));
  expect(await today).toMatchObject({ version: 1 });
  expect(await later).toMatchObject({ version: 2 });
});

it('a tenant that had no key at all can rotate, and has one for the days before', async () => {
  const tenant = { tenantId: 'new', tenantHk: Buffer.alloc(32, 9) };
  expect(await rotate(tenant)).toMatchObject({ version: 2 });
  expect(await createKeyKeeper(database.pool)(tenant, new Date())).toMatchObject({ version: 1 });
});

it('a rotation under load: no call fails, and a visitor is one all day', async () => {
  const { id, tokens } = await provisionTenant(database.pool, {
    tenantId: 'busy',
    siteId: 'main',
    name: 'Busy',
  });
  const processes = [ingestProcess(database.pool), ingestProcess(database.pool)];
  // The clocks of these visitors lie hours ahead: their day is tomorrow, whose salt is made while the key changes.
  const event = (at: Date, n: number) => ({
    event_type: 'click',
    timestamp: at.toISOString(),
    client_ip: '198.51.100.7',
    user_agent: 'Agent',
    n,
  });
  const tomorrow = new Date((Math.floor(Date.now() / DAY) + 1) * DAY);
  const days = [new Date(), tomorrow];
  const calls = Array.from({ length: 60 }, async (_, n) => {
    const body = event(days[n % 2] ?? new Date(), n);
    if (n % 6 === 0) return (await trackInSql(database.pool, { tenantId: id, ...body })).success;
    const answer = await processes[n % 2]?.('POST /api/v1/track/async', credentials(tokens.secret, id), body);
    return answer?.statusCode === 202 && json(answer).status === 'accepted';
  });
  const tenant = await findTenant(database.pool, id);
  const rotations = [await rotate(tenant), await rotate(tenant)];
  expect(await Promise.all(calls)).not.toContain(false);
  expect(rotations.map(({ version }) => version)).toEqual([2, 3]);
  const { rows } = await database.pool.query(
    `SELECT count(DISTINCT context.value ->> 'visitor_key')::int AS visitors, count(*)::int AS events
     FROM raw.site_tracking_requests_r AS request
     CROSS JOIN LATERAL jsonb_each(request.event_context) AS context
     WHERE request.tenant_id = $1
     GROUP BY convert_from(request.body, 'UTF8') ~ $2`,
    [id, utcDay(tomorrow)],
  );
  // The same address and agent on two days are two visitors, and on one day one.
  expect(rows).toEqual([
    { visitors: 1, events: 30 },
    { visitors: 1, events: 30 },
  ]);
  // Who asks in the following days gets the newest key.
  expect(await createSaltKeeper(database.as(databaseRoles.ingest))(tenant, inDays(3))).toMatchObject({
    version: 3,
  });
});
