import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HASH_KEY_BYTES } from '../../lambdas/vault/hash-key.ts';
import { loadingStatements } from '../../lambdas/vault/loading-statements.ts';
import {
  event,
  eventItemLink,
  hubs,
  itemHub,
  provenance,
  sessionVisitorLink,
} from '../../lambdas/vault/model.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

interface CatalogueTable {
  readonly columns: readonly string[];
  readonly required: readonly string[];
  readonly primaryKey: readonly string[];
  readonly checks: string;
}

let database: TestDatabase;
let catalogue: ReadonlyMap<string, CatalogueTable>;

beforeAll(async () => {
  database = await createDatabase();
  const { rows } = await database.pool.query<CatalogueTable & { name: string }>(
    `SELECT
       class.oid::regclass::text AS name,
       array_agg(attname::text ORDER BY attnum) AS columns,
       array_agg(attname::text ORDER BY attnum) FILTER (WHERE attnotnull) AS required,
       (SELECT array_agg(key.attname::text ORDER BY array_position(i.indkey::int2[], key.attnum))
        FROM pg_index AS i JOIN pg_attribute AS key ON key.attrelid = i.indrelid AND key.attnum = ANY (i.indkey)
        WHERE i.indrelid = class.oid AND i.indisprimary) AS "primaryKey",
       (SELECT coalesce(string_agg(pg_get_constraintdef(oid), ' '), '') FROM pg_constraint
        WHERE conrelid = class.oid AND contype = 'c') AS checks
     FROM pg_class AS class
     JOIN pg_attribute ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
     WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition
       AND relnamespace IN ('business'::regnamespace, 'staging'::regnamespace)
     GROUP BY class.oid`,
  );
  catalogue = new Map(rows.map(({ name, ...table }) => [name, table]));
});
afterAll(() => database.drop());

const tableOf = (name: string): CatalogueTable => {
  const table = catalogue.get(name);
  if (table === undefined) throw new Error(`The catalogue has no ${name}.`);
  return table;
};

const origin = Object.keys(provenance);
const keyed = [
  ...[...hubs, itemHub].map(({ table, key, businessKey }) => ({
    table,
    key,
    columns: [key, businessKey.column, ...origin],
  })),
  ...[sessionVisitorLink, eventItemLink].map(({ table, key, hubKeys }) => ({
    table,
    key,
    columns: [key, ...hubKeys, ...origin],
  })),
];

describe.each(keyed)('$table', ({ table, key, columns }) => {
  it('has the columns of the model, no other, and all of them always filled', () => {
    expect(tableOf(`business.${table}`)).toMatchObject({ columns, required: columns });
  });

  it('has the model’s key as its primary key, of the length that hash keys have', () => {
    const { primaryKey, checks } = tableOf(`business.${table}`);
    expect(primaryKey).toEqual([key]);
    expect(checks).toContain(`(octet_length(${key}) = ${HASH_KEY_BYTES})`);
  });
});

describe(event.table, () => {
  it('has the columns of the model in their order, and no other', () => {
    expect(tableOf(`business.${event.table}`).columns).toEqual(Object.keys(event.columns));
  });

  it('is keyed by the event and the time it is partitioned by', () => {
    const { primaryKey, checks } = tableOf(`business.${event.table}`);
    expect(primaryKey).toEqual([event.key, 'event_timestamp']);
    expect(checks).toContain(`(octet_length(${event.key}) = ${HASH_KEY_BYTES})`);
  });

  it('always has its keys, its origin and what makes it an event', () => {
    const keys = Object.keys(event.columns).filter((column) => column.endsWith('_hk'));
    expect(tableOf(`business.${event.table}`).required).toEqual(
      expect.arrayContaining([
        ...keys,
        ...origin,
        'event_timestamp',
        'event_type',
        'event_category',
        'event_action',
      ]),
    );
  });
});

it('the model names every table of the vault', () => {
  const inCatalogue = [...catalogue.keys()].filter((name) => name.startsWith('business.'));
  expect(inCatalogue.sort()).toEqual(
    [...keyed.map(({ table }) => table), event.table].map((table) => `business.${table}`).sort(),
  );
});

it('staging has every column that the model loads from', () => {
  const staged = [
    ...hubs.flatMap(({ key, businessKey }) => [key, businessKey.staged]),
    sessionVisitorLink.key,
    ...sessionVisitorLink.hubKeys,
    ...Object.values(event.columns),
    ...Object.values(provenance),
  ];
  expect(tableOf('staging.site_events_staging').columns).toEqual(
    expect.arrayContaining([...new Set(staged)]),
  );
});

it('every table of the model is loaded, hubs before links before events', () => {
  expect(loadingStatements.map(({ table }) => table)).toEqual([
    ...hubs.map(({ table }) => table),
    itemHub.table,
    sessionVisitorLink.table,
    event.table,
    eventItemLink.table,
  ]);
});

it('every loading statement runs, and loads nothing from nothing', async () => {
  for (const { text } of loadingStatements) expect((await database.pool.query(text, [[]])).rowCount).toBe(0);
});
