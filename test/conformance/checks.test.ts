import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginChecks, type Check, readChecks, runCheck, UNASKED } from '../../cli/conformance/checks.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { defects } from './defects.ts';
import { fillVault } from './fixture.ts';
import { distort, type Plant } from './plant.ts';

const checks = readChecks();
/** Checks that ask the server's statistics, which a transaction that is rolled back does not undo. */
const ofStatistics = checks.filter(({ query }) => query.includes('pg_stat_user_tables'));

/** The relations that a check's text can report. */
const relationsOf = ({ query }: Check): string[] =>
  [...new Set([...query.matchAll(/SELECT '([\w.]+)'/g)].map(([, relation = '']) => relation))].filter(
    (relation) => !relation.startsWith('business.'),
  );

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await fillVault(database.pool);
});
afterAll(() => database.drop());

const ask = (check: Check) =>
  inTransaction(database.pool, async (client) => {
    await beginChecks(client);
    return runCheck(client, check);
  });

/** Where a check reports a defect that only its own transaction sees. */
async function reportedWith({ plant }: Plant, check: Check): Promise<string[]> {
  const client: pg.PoolClient = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await plant(client);
    const { rows } = await client.query<{ relation: string }>(
      `SELECT DISTINCT relation FROM (\n${check.query}\n) AS offending`,
    );
    return rows.map(({ relation }) => relation);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** What waits for repair is repaired at once: a row is made to have one to distort. */
const withLateObservation = ({ plant, ...rest }: Plant): Plant => ({
  ...rest,
  plant: async (client) => {
    await client.query(
      `INSERT INTO business.late_observations
       SELECT 'test', site_visitor_hk, tenant_hk, now() FROM business.site_visitor_h LIMIT 1`,
    );
    await plant(client);
  },
});

it.each(checks)('a vault filled through the pipeline keeps $name', async (check) => {
  expect((await ask(check)).offending).toEqual([]);
});

it('every statement of the checklist is a check, or says why it is none', () => {
  const families = { H: 9, L: 6, E: 7, S: 20, C: 6, X: 5, P: 2, B: 2, G: 2 };
  const checklist = Object.entries(families).flatMap(([family, count]) =>
    Array.from({ length: count }, (_, index) => `${family}${index + 1}`),
  );
  const asked = new Set(checks.map(({ id }) => id));
  expect([...asked, ...Object.keys(UNASKED)].sort()).toEqual(checklist.sort());
});

it('docs/conformance.md says of every statement which check asks it and which test shows it', () => {
  const repository = join(import.meta.dirname, '../..');
  const asked = new Set(checks.map(({ id }) => id));
  const lines = readFileSync(join(repository, 'docs/conformance.md'), 'utf8').split('\n');
  for (const id of [...asked, ...Object.keys(UNASKED)]) {
    const cells = lines
      .find((line) => line.startsWith(`| ${id} |`))
      ?.split('|')
      .map((cell) => cell.trim());
    expect(cells, id).toHaveLength(6);
    const [, , , sql = '', shownBy = ''] = cells ?? [];
    expect(sql.startsWith('yes'), `${id} is said to be SQL: ${sql}`).toBe(asked.has(id));
    expect(sql + shownBy, `${id} is shown nowhere`).not.toBe('');
    for (const [, file = ''] of shownBy.matchAll(/`([\w/-]+\.test\.ts)`/g)) {
      const isOwn = !file.includes('/');
      const test = readFileSync(join(repository, isOwn ? 'test/conformance' : '.', file), 'utf8');
      const name = /\((S\d+)\)/.exec(shownBy)?.[1] ?? id;
      if (isOwn) expect(test, `${id} in ${file}`).toMatch(new RegExp(`it\\(\\s*'[^']*\\b${name}\\b`));
    }
  }
});

describe('every check is seen to fail', () => {
  const planted = checks.flatMap((check) =>
    (defects[check.name] ?? []).map((plant) => ({
      check,
      name: check.name,
      relation: plant.relation,
      what: plant.what,
      plant,
    })),
  );

  it.each(planted)('$name reports in $relation: $what', async ({ check, plant }) => {
    expect(await reportedWith(plant, check)).toContain(plant.relation);
  });

  it('in every relation that it can report', () => {
    const unplanted = checks
      .filter(({ id }) => id !== 'X2')
      .flatMap((check) => {
        const reported = new Set(defects[check.name]?.map(({ relation }) => relation));
        return relationsOf(check)
          .filter((relation) => !reported.has(relation))
          .map((relation) => `${check.name} ${relation}`);
      });
    expect(unplanted).toEqual([]);
  });

  it('and no defect is planted for a check that is gone', () => {
    const known = new Set(checks.map(({ name }) => name));
    expect(Object.keys(defects).filter((name) => !known.has(name))).toEqual([]);
  });
});

it('X2 reports a wrong length in every column of the vault that stores a hash', async () => {
  const check = checks.find(({ id }) => id === 'X2');
  if (check === undefined) throw new Error('X2 is gone.');
  const { rows: columns } = await database.pool.query<{ relation: string; name: string }>(
    `SELECT relname AS relation, attname AS name
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
     WHERE relnamespace = 'business'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND atttypid = 'bytea'::regtype`,
  );
  expect(columns.length).toBeGreaterThan(50);
  for (const { relation, name } of columns) {
    const isTenantOfPage = relation === 'site_page_h' && name === 'tenant_hk';
    const where = isTenantOfPage ? "record_source <> 'SYSTEM'" : `${name} IS NOT NULL`;
    const short = distort(relation, { [name]: `'\\x0102'::bytea` }, { where });
    expect(await reportedWith(withLateObservation(short), check), `${relation}.${name}`).toContain(relation);
  }
});

describe('what the server’s statistics count', () => {
  it.each(ofStatistics)('$name reports every relation of which a row was updated', async (check) => {
    const { rows: relations } = await database.pool.query<{ relation: string; name: string }>(
      `SELECT relname AS relation, (SELECT attname FROM pg_attribute WHERE attrelid = oid AND attnum = 1) AS name
       FROM pg_class
       WHERE relnamespace = 'business'::regnamespace AND relkind = 'r'
         AND (position('''' || relname || '''' IN $1) > 0
           OR (position('''business.' || relname || '''' IN $1) > 0)
           OR (relispartition AND relname LIKE 'site_event_nl%' AND position('site_event_nl' IN $1) > 0))`,
      [check.query],
    );
    const client = await database.pool.connect();
    const updated: string[] = [];
    for (const { relation, name } of relations) {
      const { rowCount } = await client.query(`UPDATE business.${relation} SET ${name} = ${name}`);
      if ((rowCount ?? 0) > 0) updated.push(relation);
    }
    await client.query('SELECT pg_stat_force_next_flush()');
    client.release();
    expect(updated.length).toBeGreaterThan(1);
    const { rows } = await database.pool.query<{ relation: string }>(check.query);
    expect(rows.map(({ relation }) => relation).sort()).toEqual(updated.sort());
  });
});
