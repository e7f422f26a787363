import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import {
  changeSettings,
  createTenant,
  lockTenant,
  type SettingsChange,
} from '../../lambdas/tenancy/tenants.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { buildOneVault, type HashFunction, hashFunctions } from '../support/one-vault.ts';
import { onevault } from '../support/onevault-process.ts';

const declarations = Object.keys(hashFunctions).filter((key): key is HashFunction => key in hashFunctions);

let database: TestDatabase;
afterEach(() => database.drop());

const row = z.object({
  load_date: z.date(),
  load_end_date: z.date().nullable(),
  hash_diff: z.instanceof(Buffer),
  configuration: z.unknown(),
  record_source: z.string(),
  tenant_name: z.string().optional(),
  is_active: z.boolean().optional(),
});

async function profiles(tenantId: string) {
  const { rows } = await database.pool.query(
    `SELECT profile.* FROM auth.tenant_profile_s AS profile JOIN auth.tenant_h USING (tenant_hk)
     WHERE tenant_bk = $1 ORDER BY profile.load_date`,
    [tenantId],
  );
  return z.array(row).parse(rows);
}

/** Several changes of settings in one transaction. */
const change = (tenantId: string, ...changes: SettingsChange[]) =>
  inTransaction(database.pool, async (client) => {
    const tenant = await lockTenant(client, tenantId);
    const changed = [];
    for (const each of changes) changed.push(await changeSettings(client, tenant, each));
    return changed;
  });

describe('the profile of a database of its own', () => {
  beforeEach(async () => {
    database = await createDatabase();
    await createTenant(database.pool, 'acme', undefined);
  });

  it('has one open row after several changes in one transaction, and every step before it', async () => {
    expect(
      await change(
        'acme',
        { enabled: false },
        { enabled: false },
        { enabled: true },
        { privacy_mode: 'off' },
      ),
    ).toEqual([true, false, true, true]);
    const rows = await profiles('acme');
    expect(rows.map(({ configuration }) => configuration)).toEqual([
      { site_tracking: { enabled: false } },
      { site_tracking: { enabled: true } },
      { site_tracking: { enabled: true, privacy_mode: 'off' } },
    ]);
    expect(rows.map(({ load_end_date }) => load_end_date === null)).toEqual([false, false, true]);
    expect(new Set(rows.map(({ hash_diff }) => hash_diff.toString('hex'))).size).toBe(3);
  });

  it('opens again after its last row was closed, also within one tick of the clock', async () => {
    await inTransaction(database.pool, async (client) => {
      const tenant = await lockTenant(client, 'acme');
      await changeSettings(client, tenant, { enabled: false });
      await client.query("UPDATE auth.tenant_profile_s SET load_end_date = load_date + interval '1 second'");
      expect(await changeSettings(client, tenant, { enabled: true })).toBe(true);
    });
    const [closed, open] = await profiles('acme');
    expect(open).toMatchObject({
      load_date: closed?.load_end_date,
      load_end_date: null,
      configuration: { site_tracking: { enabled: true } },
    });
  });

  it('gets no row from taking away what it never had', async () => {
    expect(await change('acme', { data_retention_days: null })).toEqual([false]);
    expect(await profiles('acme')).toEqual([]);
  });
});

describe.each(declarations)('the profile of a One Vault database whose hash is %s', (hash) => {
  beforeEach(async () => {
    database = await createDatabase({ empty: true });
    await buildOneVault(database.pool, hash);
    await migrate(database.pool, readMigrations(migrationsDirectory));
  });

  it('keeps its other columns and its other configuration, in one open row, within one tick of its clock', async () => {
    const before = await profiles('one_spa');
    const others = await profiles('The Gym & Sons');
    expect(await change('one_spa', { privacy_mode: 'strict' }, { data_retention_days: 90 })).toEqual([
      true,
      true,
    ]);
    const after = await profiles('one_spa');
    const [, open] = before;
    expect(after).toHaveLength(4);
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).toEqual({ ...open, load_end_date: after[2]?.load_date });
    expect(after[3]).toMatchObject({
      load_end_date: null,
      tenant_name: open?.tenant_name,
      is_active: true,
      record_source: 'site_tracker',
      configuration: { plan: 'full', site_tracking: { privacy_mode: 'strict', data_retention_days: 90 } },
    });
    expect(await profiles('The Gym & Sons')).toEqual(others);
  });
});

it('a profile that only One Vault can make is left to it, with a sentence', async () => {
  database = await createDatabase({ empty: true });
  await buildOneVault(database.pool, 'as the deployment guide has it');
  await migrate(database.pool, readMigrations(migrationsDirectory));
  await createTenant(database.pool, 'newcomer', undefined);
  const { exitCode, stderr } = await onevault(['tenant', 'set', 'newcomer', '--enabled', 'false'], {
    environment: { SYSTEM_DATABASE_URL: database.url },
  });
  expect([exitCode, stderr]).toEqual([
    1,
    'onevault: The database refused a statement (23502). auth.tenant_profile_s of this One Vault database has columns that a new profile must fill. Make the profile of this tenant there first.\n',
  ]);
  expect(await profiles('newcomer')).toEqual([]);
});
