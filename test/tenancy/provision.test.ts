import { afterAll, beforeAll, expect, it } from 'vitest';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { hashToken, tokenKinds } from '../../lambdas/tenancy/token.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('issues a token of each kind and stores only their hashes', async () => {
  const { id, tokens } = await provisionTenant(database.pool, {
    tenantId: 'acme',
    siteId: 'shop',
    name: 'Acme',
  });
  expect(id).toBe('acme');
  const { rows } = await database.pool.query('SELECT * FROM auth.api_tokens ORDER BY token_kind');
  const expected = tokenKinds.map((kind) => [kind, hashToken(tokens[kind]), 'shop', tokens[kind].slice(-4)]);
  expect(
    rows.map(({ token_kind, token_hash, site_id, last_four }) => [
      token_kind,
      token_hash,
      site_id,
      last_four,
    ]),
  ).toEqual(expected.sort());
  for (const token of Object.values(tokens)) expect(JSON.stringify(rows)).not.toContain(token);
});

it('makes a tenant once and a site once, also from two processes at once', async () => {
  const spec = { tenantId: 'globex', siteId: 'main', name: 'Globex' };
  await Promise.all(Array.from({ length: 6 }, () => provisionTenant(database.pool, spec)));
  await provisionTenant(database.pool, { ...spec, siteId: 'second' });
  const { rows } = await database.pool.query(
    `SELECT count(DISTINCT tenant_hk)::int AS tenants, count(DISTINCT site_id)::int AS sites, count(*)::int AS tokens
     FROM auth.tenant_h JOIN auth.api_tokens USING (tenant_hk) WHERE tenant_bk = 'globex'`,
  );
  expect(rows).toEqual([{ tenants: 1, sites: 2, tokens: 28 }]);
});

it('writes down who made a tenant, and only when it was made', async () => {
  const spec = { tenantId: 'hooli', siteId: 'main', name: 'Hooli' };
  await Promise.all(Array.from({ length: 3 }, () => provisionTenant(database.pool, spec)));
  const { rows } = await database.pool.query(
    `SELECT act.actor, act.outcome FROM auth.audit_log AS act JOIN auth.tenant_h USING (tenant_hk)
     WHERE act.action = 'tenant.create' AND act.subject = 'hooli' AND tenant_bk = 'hooli'`,
  );
  expect(rows).toEqual([{ actor: expect.stringMatching(/^operator:/), outcome: 'done' }]);
});

it('gives a new site its origins, and leaves those of one that stands', async () => {
  const spec = { tenantId: 'initech', siteId: 'main', name: 'Initech' };
  await provisionTenant(database.pool, { ...spec, origins: ['https://initech.example'] });
  await provisionTenant(database.pool, { ...spec, origins: ['https://elsewhere.example'] });
  await provisionTenant(database.pool, { ...spec, siteId: 'bare' });
  const { rows } = await database.pool.query(
    `SELECT site_id, allowed_origins FROM auth.sites JOIN auth.tenant_h USING (tenant_hk)
     WHERE tenant_bk = 'initech' ORDER BY site_id`,
  );
  expect(rows).toEqual([
    { site_id: 'bare', allowed_origins: [] },
    { site_id: 'main', allowed_origins: ['https://initech.example'] },
  ]);
});

it.each(['', 'a b', 'a/b', "a'b", 'ü', 'x'.repeat(101), 'a\n'])(
  'refuses the tenant id %j and says what one looks like',
  async (tenantId) => {
    await expect(provisionTenant(database.pool, { tenantId, siteId: 'main', name: 'x' })).rejects.toThrow(
      'A tenant id has 1 to 100',
    );
  },
);
