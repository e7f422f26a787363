import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess } from '../support/http-calls.ts';
import { buildOneVault, describeOneVault, type HashFunction, hashFunctions } from '../support/one-vault.ts';
import { createTenant, recordingBell } from '../support/pipeline.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase({ empty: true });
});
afterEach(() => database.drop());

const migrations = readMigrations(migrationsDirectory);
const declarations = Object.keys(hashFunctions).filter((key): key is HashFunction => key in hashFunctions);

const keyOf = async (tenantId: string): Promise<Buffer | undefined> => {
  const { rows } = await database.pool.query<{ tenant_hk: Buffer }>(
    'SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1',
    [tenantId],
  );
  return rows[0]?.tenant_hk;
};

/** The tenants of what is in the vault, by event. */
const vaultEvents = async () => {
  const { rows } = await database.pool.query(
    `SELECT event.site_event_bk AS id, tenant.tenant_bk AS tenant, count(session.site_session_hk)::int AS sessions
     FROM business.site_event_h AS event
     JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk
     JOIN business.event_session_l AS link USING (site_event_hk)
     JOIN business.site_session_h AS session
       ON session.site_session_hk = link.site_session_hk AND session.tenant_hk = event.tenant_hk
     GROUP BY event.site_event_bk, tenant.tenant_bk ORDER BY 1`,
  );
  return rows;
};

const EVENT_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const OTHER_ID = '01890a5d-ac96-774b-bcce-b302099a8058';

describe.each(declarations)('a One Vault database whose util.hash_binary is declared %s', (declaration) => {
  beforeEach(() => buildOneVault(database.pool, declaration));

  it('keeps its rows, tables and functions as they are, and a second run changes nothing', async () => {
    const before = await describeOneVault(database.pool);
    expect(await migrate(database.pool, migrations)).toHaveLength(migrations.length);
    expect(await describeOneVault(database.pool)).toEqual(before);
    expect(await migrate(database.pool, migrations)).toEqual([]);
    expect(await describeOneVault(database.pool)).toEqual(before);
  });

  it('gets a site and tokens for a tenant that stands, whose events reach the vault under its own key', async () => {
    const key = await keyOf('one_spa');
    await migrate(database.pool, migrations);
    const before = await describeOneVault(database.pool);
    const { tokens } = await provisionTenant(database.pool, {
      tenantId: 'one_spa',
      siteId: 'main',
      name: 'Spa',
    });
    expect(await describeOneVault(database.pool)).toEqual(before);

    const bell = recordingBell();
    const track = ingestProcess(database.pool, { bell });
    const event = { event_id: EVENT_ID, event_type: 'page_view', page_url: 'https://spa.example/' };
    const answer = await track('POST /api/v1/track/async', credentials(tokens.public, 'one_spa'), event);
    expect(answer.statusCode).toBe(202);
    const tenant = await createTenant(database.pool, 'one_spa');
    expect(tenant.tenantHk).toEqual(key);
    await tenant.load(await tenant.stage(bell.rung.map(({ requestId }) => requestId)));
    expect(await vaultEvents()).toEqual([{ id: EVENT_ID, tenant: 'one_spa', sessions: 1 }]);
  });

  it('tracks through SQL for a tenant that nobody provisioned, whatever its name, and makes it a site', async () => {
    const key = await keyOf('The Gym & Sons');
    await migrate(database.pool, migrations);
    const { rows } = await database.pool.query('SELECT api.track_event($1) AS answer', [
      {
        tenantId: 'The Gym & Sons',
        event_id: OTHER_ID,
        evt_type: 'page_view',
        page_url: 'https://gym.example/',
      },
    ]);
    expect(rows[0].answer).toMatchObject({ success: true, event_id: OTHER_ID });
    const tenant = await createTenant(database.pool, 'The Gym & Sons');
    expect(tenant.tenantHk).toEqual(key);
    const pending = await database.pool.query('SELECT request_id::text FROM raw.pending_requests');
    await tenant.load(await tenant.stage(pending.rows.map(({ request_id }) => request_id)));
    expect(await vaultEvents()).toEqual([{ id: OTHER_ID, tenant: 'The Gym & Sons', sessions: 1 }]);
    const sites = await database.pool.query('SELECT tenant_hk, site_id FROM auth.sites');
    expect(sites.rows).toEqual([{ tenant_hk: key, site_id: 'main' }]);
  });

  it('gets a new tenant whose key its own function makes', async () => {
    await migrate(database.pool, migrations);
    await provisionTenant(database.pool, { tenantId: 'newcomer', siteId: 'main', name: 'New' });
    const { rows } = await database.pool.query(
      `SELECT tenant_hk = util.hash_binary('newcomer') AS own FROM auth.tenant_h JOIN auth.api_tokens USING (tenant_hk)
       WHERE tenant_bk = 'newcomer'`,
    );
    expect(rows).toEqual(Array(4).fill({ own: true }));
  });
});

it('a tenant id to which the database’s own hash gives another tenant’s key gets no token of that tenant', async () => {
  await buildOneVault(database.pool, 'under another argument name and with another hash');
  await migrate(database.pool, migrations);
  await expect(
    provisionTenant(database.pool, { tenantId: 'ONE_SPA', siteId: 'main', name: 'Other' }),
  ).rejects.toThrow('choose another id');
  const { rows } = await database.pool.query('SELECT FROM auth.api_tokens');
  expect(rows).toEqual([]);
});

it('an empty database gets tenant profiles with one open row a tenant, and its own hash function', async () => {
  await migrate(database.pool, migrations);
  const { rows } = await database.pool.query(
    `SELECT string_agg(oid::regprocedure::text, ',') AS functions FROM pg_proc WHERE proname = 'hash_binary'`,
  );
  expect(rows).toEqual([{ functions: 'util.hash_binary(text)' }]);
  await database.pool.query(`
    INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source)
    VALUES (util.hash_binary('your_tenant_id'), 'your_tenant_id', 'manual_setup')`);
  const open = `
    INSERT INTO auth.tenant_profile_s (tenant_hk, hash_diff, configuration, record_source)
    VALUES (util.hash_binary('your_tenant_id'), util.hash_binary('{}'), '{}', 'manual_setup')`;
  await database.pool.query(open);
  await expect(database.pool.query(open)).rejects.toThrow('tenant_profile_s');
  const configured = await database.pool.query(`
    UPDATE auth.tenant_profile_s
    SET configuration = configuration || '{"site_tracking": {"enabled": true}}'::jsonb
    WHERE tenant_hk = util.hash_binary('your_tenant_id') AND load_end_date IS NULL
    RETURNING configuration`);
  expect(configured.rows).toEqual([{ configuration: { site_tracking: { enabled: true } } }]);
});
