import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginChecks, type Check, readChecks, runCheck } from '../../cli/conformance/checks.ts';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import type { Plant } from '../conformance/plant.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { buildOneVault } from '../support/one-vault.ts';
import { breaches } from './breaches.ts';

const rules = readChecks().filter(({ id }) => id === 'X5');

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const offences = (pool: pg.Pool, rule: Check) =>
  inTransaction(pool, async (client) => {
    await beginChecks(client);
    return (await runCheck(client, rule)).offending;
  });

it.each(rules)('a migrated database keeps $name', async (rule) => {
  expect(await offences(database.pool, rule)).toEqual([]);
});

it('so does a database that One Vault had before, whose own tables are no business of the rules', async () => {
  const shared = await createDatabase({ empty: true });
  try {
    await buildOneVault(shared.pool, 'as the deployment guide has it');
    await migrate(shared.pool, readMigrations(migrationsDirectory));
    for (const rule of rules) expect(await offences(shared.pool, rule), rule.name).toEqual([]);
  } finally {
    await shared.drop();
  }
});

it('every table of a database of our own is under the rules, but the two that One Vault brings', async () => {
  const { rows } = await database.pool.query(
    `SELECT oid::regclass::text AS name
     FROM pg_class
     WHERE relnamespace IN (
         'auth'::regnamespace, 'raw'::regnamespace, 'staging'::regnamespace, 'business'::regnamespace, 'analytics'::regnamespace
       )
       AND relkind IN ('r', 'p', 'm', 'f')
       AND NOT relispartition
       AND NOT (relrowsecurity AND relforcerowsecurity)
     ORDER BY 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(['auth.tenant_h', 'auth.tenant_profile_s']);
});

it('every function with its owner’s rights is under the rules', async () => {
  const { rows } = await database.pool.query(
    `SELECT oid::regproc::text AS name
     FROM pg_proc
     WHERE prosecdef
       AND pronamespace <> 'pg_catalog'::regnamespace
       AND (proacl IS NULL OR NOT proacl::text LIKE '%onevault\\_%')`,
  );
  expect(rows).toEqual([]);
});

/** Where a rule reports a breach that only its own transaction sees. */
async function reportedWith({ plant }: Plant, rule: Check): Promise<string[]> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await plant(client);
    await client.query('SET LOCAL search_path = pg_catalog');
    return (await runCheck(client, rule)).offending.map(({ relation }) => relation);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

describe('each rule is seen to be broken', () => {
  const planted = rules.flatMap((rule) =>
    (breaches[rule.name] ?? []).map((plant) => ({ rule, name: rule.name, what: plant.what, plant })),
  );

  it.each(planted)('$name by $what', async ({ rule, plant }) => {
    const reported = await reportedWith(plant, rule);
    expect(reported).toHaveLength(1);
    // A partition is named by its week.
    if (plant.relation.endsWith('_'))
      expect(reported[0]).toMatch(/^raw\.(site_tracking_requests_r_|new_partition)/);
    else expect(reported[0]).toBe(plant.relation);
  });

  it('and none is left out', () => {
    expect(rules.map(({ name }) => name).sort()).toEqual(Object.keys(breaches).sort());
  });
});
