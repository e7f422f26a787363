import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let directory: string;
beforeEach(async () => {
  database = await createDatabase({ empty: true });
  directory = mkdtempSync(join(tmpdir(), 'onevault-migrations-'));
  cpSync(migrationsDirectory, directory, { recursive: true });
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await database.drop();
});

const run = () => migrate(database.pool, readMigrations(directory));
const append = (name: string, text: string) => writeFileSync(join(directory, name), text);
const last = readMigrations(migrationsDirectory).length;
const numbered = (offset: number) => String(last + offset).padStart(4, '0');

it('brings an empty database up to date, and changes nothing the second time', async () => {
  expect(await run()).toHaveLength(last);
  expect(await run()).toEqual([]);
});

it('runs each migration once when two deployments start together', async () => {
  const [a, b] = await Promise.all([run(), run()]);
  expect([...a, ...b].sort()).toEqual(readMigrations(directory).map(({ name }) => name));
});

it('refuses a file that was changed after it ran, and says what to do', async () => {
  await run();
  append('0001_tenancy.sql', `${readFileSync(join(directory, '0001_tenancy.sql'), 'utf8')}-- changed`);
  await expect(run()).rejects.toThrow(
    `0001_tenancy.sql was changed after it ran here. Restore it and put the change into a new migration, numbered ${numbered(1)}.`,
  );
});

it('lets a release return to a database that a later one has migrated, and changes nothing there', async () => {
  append(`${numbered(1)}_newer.sql`, 'SELECT 1');
  await run();
  rmSync(join(directory, `${numbered(1)}_newer.sql`));
  expect(await run()).toEqual([]);
});

it('leaves nothing of a migration that fails half-way, keeps those before it, and goes on after it is mended', async () => {
  append(`${numbered(1)}_first.sql`, 'CREATE TABLE util.first_kept (id integer)');
  append(`${numbered(2)}_broken.sql`, 'CREATE TABLE util.half_made (id integer); SELECT 1 / 0;');
  await expect(run()).rejects.toThrow('division by zero');
  const { rows } = await database.pool.query(
    `SELECT to_regclass('util.first_kept') IS NOT NULL AS first_kept, to_regclass('util.half_made') IS NULL AS none_half`,
  );
  expect(rows).toEqual([{ first_kept: true, none_half: true }]);
  append(`${numbered(2)}_broken.sql`, 'CREATE TABLE util.half_made (id integer)');
  expect(await run()).toEqual([`${numbered(2)}_broken.sql`]);
});

it('goes on where a killed run stopped', async () => {
  const slow = `${numbered(1)}_slow.sql`;
  append(slow, 'CREATE TABLE util.slowly_made (id integer); SELECT pg_sleep(60);');
  const killed = run();
  const refusal = expect(killed).rejects.toThrow('terminat');
  await expect
    .poll(
      async () => {
        const { rows } = await database.pool.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
        );
        return rows.length;
      },
      { timeout: 10_000 },
    )
    .toBe(1);
  await refusal;
  append(slow, 'CREATE TABLE util.slowly_made (id integer)');
  expect(await run()).toEqual([slow]);
});

it.each(['7_short.sql', `${numbered(3)}_gap.sql`])('refuses a misnamed or misnumbered file: %s', (name) => {
  append(name, 'SELECT 1');
  expect(() => readMigrations(directory)).toThrow('numbered from 0001 without a gap');
});

it('uses the tenants and functions of a One Vault database that is already there', async () => {
  await database.pool.query(`
    CREATE SCHEMA auth;
    CREATE SCHEMA util;
    CREATE FUNCTION util.hash_binary(input text) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN sha256(convert_to(input, 'UTF8'));
    CREATE FUNCTION util.current_load_date() RETURNS timestamptz LANGUAGE sql STABLE RETURN TIMESTAMPTZ '2020-01-01 00:00:00+00';
    CREATE TABLE auth.tenant_h (
      tenant_hk bytea PRIMARY KEY, tenant_bk varchar(255) NOT NULL UNIQUE,
      load_date timestamptz NOT NULL DEFAULT util.current_load_date(), record_source varchar(100) NOT NULL
    );
    INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source) VALUES (util.hash_binary('one_spa'), 'one_spa', 'manual_setup');
  `);
  await run();
  const { rows } = await database.pool.query(
    'SELECT tenant_bk, util.current_load_date() AS own FROM auth.tenant_h',
  );
  expect(rows).toEqual([{ tenant_bk: 'one_spa', own: new Date('2020-01-01T00:00:00Z') }]);
});
