import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { readEnvironment } from '../../lambdas/platform/environment.ts';
import { createPool } from '../../lambdas/platform/postgres.ts';
import { roleUrl } from '../../local/database-login.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** What a function that logs in with this URL says of its first statement. */
async function start(url: string): Promise<string> {
  const pool = createPool(readEnvironment({ SYSTEM_DATABASE_URL: url }), databaseRoles.reader);
  try {
    await pool.query('SELECT 1');
    return 'started';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await pool.end();
  }
}

/** The same for a login of its own with these attributes. */
async function startAs(attributes: string, more = ''): Promise<string> {
  const name = `login_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(database.url);
  url.username = name;
  url.password = 'test';
  await database.pool.query(`CREATE ROLE ${name} LOGIN PASSWORD 'test' ${attributes}`);
  try {
    await database.pool.query(more.replaceAll('login_name', name));
    return await start(url.href);
  } finally {
    await database.pool.query(`REASSIGN OWNED BY ${name} TO CURRENT_USER`);
    await database.pool.query(`DROP ROLE ${name}`);
  }
}

const STRONGER =
  /^The database user ".+" may do more than onevault_reader: let this function log in as onevault_reader\.$/;

it('T10: a function starts with the login of its role, and with a login that has this role', async () => {
  expect(await start(roleUrl(database.url, databaseRoles.reader))).toBe('started');
  expect(await startAs('IN ROLE onevault_reader')).toBe('started');
});

it.each([
  ['a superuser', 'SUPERUSER', ''],
  ['who bypasses row-level security', 'BYPASSRLS IN ROLE onevault_reader', ''],
  [
    'who may become the owner',
    'IN ROLE onevault_reader',
    `DO $$ BEGIN EXECUTE format('GRANT %I TO login_name', current_user); END $$`,
  ],
  ['the owner', 'IN ROLE onevault_reader', 'ALTER TABLE raw.site_tracking_requests_r OWNER TO login_name'],
])('T10: no function starts with the login of %s', async (_, attributes, more) => {
  expect(await startAs(attributes, more)).toMatch(STRONGER);
});

it('T10: no function starts with the login of another role', async () => {
  expect(await start(roleUrl(database.url, databaseRoles.ingest))).toBe(
    'The database user "onevault_ingest" is no member of onevault_reader: let this function log in as onevault_reader.',
  );
});

it.each([
  ['ingest', 'ingest'],
  ['analytics', 'reader'],
  ['staging', 'loader'],
  ['business', 'loader'],
  ['maintenance', 'maintenance'],
])('T10: the function %s asks for the role %s', (entry, role) => {
  const text = readFileSync(join(import.meta.dirname, `../../lambdas/${entry}.ts`), 'utf8');
  expect(
    [...text.matchAll(/createPool\((environment, databaseRoles\.\w+)[^)]*\)/g)].map(
      ([, parameters]) => parameters,
    ),
  ).toEqual([`environment, databaseRoles.${role}`]);
});
