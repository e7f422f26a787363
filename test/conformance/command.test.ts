import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginChecks, readChecks, UNASKED } from '../../cli/conformance/checks.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { onevault } from '../support/onevault-process.ts';
import { fillVault } from './fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await fillVault(database.pool);
});
afterAll(() => database.drop());

const conformance = (argv: readonly string[], url = database.url) =>
  onevault(['conformance', ...argv], { environment: { SYSTEM_DATABASE_URL: url } });

/** A vault of its own in which one page has another name than its key says. */
async function brokenVault(): Promise<TestDatabase> {
  const broken = await createDatabase();
  await fillVault(broken.pool);
  await broken.pool.query(
    "UPDATE business.site_page_h SET site_page_bk = 'https://shop.example/secret' WHERE site_page_bk = 'https://shop.example/cart'",
  );
  return broken;
}

it('shows each check with its statement, its rows and its time, and ends with 0 when none returned a row', async () => {
  const { exitCode, stdout, stderr } = await conformance([]);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^check +rows +seconds +statement\n/);
  for (const { id, statement } of readChecks()) {
    expect(stdout.split('\n').some((line) => line.startsWith(`${id} `) && line.endsWith(statement))).toBe(
      true,
    );
  }
  expect(stdout).toContain(Object.keys(UNASKED).join(', '));
  expect(stdout).toContain(`All ${readChecks().length} checks returned no row.`);
});

it('names the first offending keys of a broken vault, nothing of what they hold, and ends with 1', async () => {
  const broken = await brokenVault();
  try {
    const { exitCode, stdout, stderr } = await conformance([], broken.url);
    expect(exitCode).toBe(1);
    const { rows } = await broken.pool.query<{ key: string }>(
      "SELECT encode(site_page_hk, 'hex') AS key FROM business.site_page_h WHERE site_page_bk LIKE '%/secret'",
    );
    expect(rows).toHaveLength(2);
    for (const { key } of rows) expect(stdout).toMatch(new RegExp(`^H2 +site_page_h +${key}$`, 'm'));
    expect(stdout).toMatch(/^\d+ of \d+ checks returned rows\.$/m);
    expect(stdout + stderr).not.toMatch(/secret|shop\.example/);
  } finally {
    await broken.drop();
  }
});

it('gives the results as JSON', async () => {
  const { exitCode, stdout } = await conformance(['--json', '--only', 'S10, h2']);
  expect(exitCode).toBe(0);
  const { checks, unasked } = JSON.parse(stdout);
  expect(checks).toMatchObject([
    { id: 'H2', rows: 0, offending: [] },
    { id: 'S10', rows: 0, offending: [], seconds: expect.any(Number), statement: expect.any(String) },
  ]);
  expect(unasked).toContainEqual({ id: 'P1', reason: expect.stringContaining('no PIT') });
});

it('asks only the checks it is told to', async () => {
  const { stdout } = await conformance(['--only', 'H1,B1']);
  const asked = [...stdout.matchAll(/^([A-Z]\d+) +\d/gm)].map(([, id]) => id);
  expect(new Set(asked)).toEqual(new Set(['H1', 'B1']));
  expect(asked.filter((id) => id === 'B1')).toHaveLength(readChecks().filter(({ id }) => id === 'B1').length);
});

it.each([
  [['--only', 'H99'], 'There is no check "H99"'],
  [['--only', 'S4'], 'S4 is no query: it shows over several loads'],
  [['--only', 'P1'], 'P1 is no query: it does not apply: this vault has no PIT tables'],
  [['everything'], 'conformance takes no "everything"'],
  [['--onyl', 'H1'], 'onevault conformance --help'],
])('refuses %j and says what to change', async (argv, message) => {
  const { exitCode, stdout, stderr } = await conformance(argv);
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toContain(message);
});

it('says what a database without a vault lacks', async () => {
  const empty = await createDatabase({ empty: true });
  try {
    const { exitCode, stderr } = await conformance([], empty.url);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('does not hold the vault of this release (42P01). Run its migrations first.');
  } finally {
    await empty.drop();
  }
});

it('says that nothing answers, and never the login', async () => {
  const { exitCode, stdout, stderr } = await conformance([], 'postgres://someone:hidden@127.0.0.1:9/nowhere');
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toContain('The database cannot be asked');
  expect(stderr).not.toContain('hidden');
});

it('runs beside a loader that holds the vault for writing', async () => {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      'LOCK TABLE business.site_page_h, business.site_event_nl, business.site_page_acc IN EXCLUSIVE MODE',
    );
    expect((await conformance(['--only', 'H1,H2,B1'])).exitCode).toBe(0);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

it('cannot write: the checks’ transaction refuses it', async () => {
  const attempt = inTransaction(database.pool, async (client) => {
    await beginChecks(client);
    await client.query('DELETE FROM business.site_page_h');
  });
  await expect(attempt).rejects.toMatchObject({ code: '25006' });
});
