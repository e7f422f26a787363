import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { readSettings } from '../../lambdas/tenancy/settings.ts';
import { hashToken } from '../../lambdas/tenancy/token.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let secret: Buffer;
beforeAll(async () => {
  database = await createDatabase();
  const { tokens } = await provisionTenant(database.pool, { tenantId: 'acme', siteId: 'main', name: 'Acme' });
  secret = hashToken(tokens.secret);
});
afterAll(() => database.drop());

const findCaller = readStatement('find_caller');

describe('what callers reach through the rights of the owner', () => {
  it('finds a token at once while an operator changes it, and notes its use once they are done', async () => {
    const operator = await database.pool.connect();
    await operator.query('BEGIN');
    await operator.query('UPDATE auth.api_tokens SET token_name = $2 WHERE token_hash = $1', [secret, 'new']);
    const caller = database.as(databaseRoles.ingest);
    const find = () => caller.query(findCaller, [secret]);
    // A look-up that waits would wait for ever: the operator goes on only after it.
    expect((await find()).rows).toMatchObject([{ tenant_id: 'acme' }]);
    await operator.query('COMMIT');
    operator.release();
    const used = async () =>
      (await database.pool.query('SELECT last_used_at FROM auth.api_tokens WHERE token_hash = $1', [secret]))
        .rows[0];
    expect(await used()).toEqual({ last_used_at: null });
    await find();
    const first = await used();
    expect(first).toEqual({ last_used_at: expect.any(Date) });
    await find();
    expect(await used()).toEqual(first);
  });

  it('takes nothing back from what a token used', async () => {
    const caller = database.as(databaseRoles.reader);
    const count = async (cost: number) =>
      (await caller.query(`SELECT auth.count_use($1, '2026-01-01', $2)::int AS used`, [secret, cost])).rows[0]
        ?.used;
    expect(await count(5)).toBe(5);
    expect(await count(-1_000)).toBe(5);
  });

  it('lets no caller write into the audit log what an operator would', async () => {
    const caller = database.as(databaseRoles.reader);
    const write = (actor: string) =>
      caller.query(
        `INSERT INTO auth.audit_log (actor, action, outcome) VALUES ($1, 'token.revoke', 'done')`,
        [actor],
      );
    await expect(write('operator:postgres')).rejects.toMatchObject({ code: '42501' });
    await expect(write('anonymous')).resolves.toMatchObject({ rowCount: 1 });
  });

  it('forgets the origins of a token that is no longer valid', async () => {
    const origin = 'https://shop.example';
    const isKnown = async () =>
      (await database.as(databaseRoles.ingest).query('SELECT auth.is_known_origin($1) AS known', [origin]))
        .rows[0]?.known;
    const set = (rest: string) =>
      database.pool.query(`UPDATE auth.api_tokens SET allowed_origins = $2, ${rest} WHERE token_hash = $1`, [
        secret,
        [origin],
      ]);
    await set('expires_at = NULL');
    expect(await isKnown()).toBe(true);
    await set(`expires_at = now() - interval '1 second'`);
    expect(await isKnown()).toBe(false);
  });
});

it.each([
  undefined,
  null,
  {},
  'off',
  [],
  1,
  { enabled: true },
  { enabled: false },
  { enabled: null },
  { enabled: 'no' },
  { enabled: 'true' },
  { enabled: 1 },
  { privacy_mode: 'nonsense' },
])('SQL and HTTP read the same from the setting %j: whether the tenant tracks', async (siteTracking) => {
  const configuration = siteTracking === undefined ? {} : { site_tracking: siteTracking };
  await database.pool.query(
    `INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
     SELECT tenant_hk, '2026-01-01', '\\x00', $1, 'test' FROM auth.tenant_h WHERE tenant_bk = 'acme'
     ON CONFLICT (tenant_hk, load_date) DO UPDATE SET configuration = EXCLUDED.configuration`,
    [configuration],
  );
  const { rows } = await database.pool.query(`SELECT auth.is_tracking_enabled('acme') AS enabled`);
  expect(rows).toEqual([{ enabled: readSettings(siteTracking).settings.enabled }]);
});
