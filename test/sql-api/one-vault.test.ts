import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, ingestProcess } from '../support/http-calls.ts';
import { buildOneVault, describeOneVault, type HashFunction, hashFunctions } from '../support/one-vault.ts';
import { createTenant, recordingBell } from '../support/pipeline.ts';

const migrations = readMigrations(migrationsDirectory);
const declarations = Object.keys(hashFunctions).filter((key): key is HashFunction => key in hashFunctions);

const keyOf = async ({ pool }: TestDatabase, tenantId: string): Promise<Buffer | undefined> => {
  const { rows } = await pool.query<{ tenant_hk: Buffer }>(
    'SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1',
    [tenantId],
  );
  return rows[0]?.tenant_hk;
};

/** What the vault has of an event. */
const vaultEvents = async ({ pool }: TestDatabase, eventId: string) => {
  const { rows } = await pool.query(
    `SELECT event.site_event_bk AS id, tenant.tenant_bk AS tenant, count(session.site_session_hk)::int AS sessions
     FROM business.site_event_h AS event
     JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk
     JOIN business.event_session_l AS link USING (site_event_hk)
     JOIN business.site_session_h AS session
       ON session.site_session_hk = link.site_session_hk AND session.tenant_hk = event.tenant_hk
     WHERE event.site_event_bk = $1
     GROUP BY event.site_event_bk, tenant.tenant_bk`,
    [eventId],
  );
  return rows;
};

const EVENT_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const OTHER_ID = '01890a5d-ac96-774b-bcce-b302099a8058';

describe.each(declarations)('a One Vault database whose util.hash_binary is declared %s', (declaration) => {
  let vault: TestDatabase;
  let before: unknown;
  beforeAll(async () => {
    vault = await createDatabase({ empty: true });
    await buildOneVault(vault.pool, declaration);
    before = await describeOneVault(vault.pool);
    expect(await migrate(vault.pool, migrations)).toHaveLength(migrations.length);
  });
  afterAll(() => vault.drop());

  it('keeps its rows, tables and functions as they are, and a second run changes nothing', async () => {
    expect(await describeOneVault(vault.pool)).toEqual(before);
    expect(await migrate(vault.pool, migrations)).toEqual([]);
    expect(await describeOneVault(vault.pool)).toEqual(before);
  });

  it('gets a site and tokens for a tenant that stands, whose events reach the vault under its own key', async () => {
    const key = await keyOf(vault, 'one_spa');
    const { tokens } = await provisionTenant(vault.pool, {
      tenantId: 'one_spa',
      siteId: 'main',
      name: 'Spa',
    });
    expect(await describeOneVault(vault.pool)).toEqual(before);

    const bell = recordingBell();
    const track = ingestProcess(vault.pool, { bell });
    const event = { event_id: EVENT_ID, event_type: 'page_view', page_url: 'https://spa.example/' };
    const answer = await track('POST /api/v1/track/async', credentials(tokens.public, 'one_spa'), event);
    expect(answer.statusCode).toBe(202);
    const tenant = await createTenant(vault.pool, 'one_spa');
    expect(tenant.tenantHk).toEqual(key);
    await tenant.load(await tenant.stage(bell.rung.map(({ requestId }) => requestId)));
    expect(await vaultEvents(vault, EVENT_ID)).toEqual([{ id: EVENT_ID, tenant: 'one_spa', sessions: 1 }]);
  });

  it('tracks through SQL for a tenant that nobody provisioned, whatever its name, and makes it a site', async () => {
    const key = await keyOf(vault, 'The Gym & Sons');
    const { rows } = await vault.pool.query('SELECT api.track_event($1) AS answer', [
      {
        tenantId: 'The Gym & Sons',
        event_id: OTHER_ID,
        evt_type: 'page_view',
        page_url: 'https://gym.example/',
      },
    ]);
    expect(rows[0].answer).toMatchObject({ success: true, event_id: OTHER_ID });
    const tenant = await createTenant(vault.pool, 'The Gym & Sons');
    expect(tenant.tenantHk).toEqual(key);
    const pending = await vault.pool.query('SELECT request_id::text FROM raw.pending_requests');
    await tenant.load(await tenant.stage(pending.rows.map(({ request_id }) => request_id)));
    expect(await vaultEvents(vault, OTHER_ID)).toEqual([
      { id: OTHER_ID, tenant: 'The Gym & Sons', sessions: 1 },
    ]);
    const sites = await vault.pool.query('SELECT site_id FROM auth.sites WHERE tenant_hk = $1', [key]);
    expect(sites.rows).toEqual([{ site_id: 'main' }]);
  });

  it('gets a new tenant whose key its own function makes', async () => {
    await provisionTenant(vault.pool, { tenantId: 'newcomer', siteId: 'main', name: 'New' });
    const { rows } = await vault.pool.query(
      `SELECT tenant_hk = util.hash_binary('newcomer') AS own FROM auth.tenant_h JOIN auth.api_tokens USING (tenant_hk)
       WHERE tenant_bk = 'newcomer'`,
    );
    expect(rows).toEqual(Array(4).fill({ own: true }));
  });
});

describe('a database of its own', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase({ empty: true });
  });
  afterEach(() => database.drop());

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
});
