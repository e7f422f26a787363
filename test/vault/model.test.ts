import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HASH_KEY_BYTES } from '../../lambdas/vault/hash-key.ts';
import { histories } from '../../lambdas/vault/history-statements.ts';
import { insertEvents, linkVisitors, loadingStatements } from '../../lambdas/vault/loading-statements.ts';
import {
  event,
  eventItemLink,
  itemHub,
  itemState,
  pageHub,
  pageState,
  provenance,
  sliceHub,
  sliceVisitorLink,
  trafficSource,
  visitorHub,
  visitorState,
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

const keyed = [sliceHub, visitorHub, pageHub, itemHub, sliceVisitorLink];
const states = [visitorState, pageState, itemState];

describe.each(keyed)('$table', ({ table, key, columns }) => {
  it('has the columns of the model in their order, no other, and all of them always filled', () => {
    const names = Object.keys(columns);
    expect(tableOf(`business.${table}`)).toMatchObject({ columns: names, required: names });
  });

  it('has the model’s key as its primary key, of the length that hash keys have', () => {
    const { primaryKey, checks } = tableOf(`business.${table}`);
    expect(primaryKey).toEqual([key]);
    expect(checks).toContain(`(octet_length(${key}) = ${HASH_KEY_BYTES})`);
  });
});

describe(eventItemLink.table, () => {
  it('has the columns of the model, all of them always filled, and its pair of hubs as its key', () => {
    const names = Object.keys(eventItemLink.columns);
    expect(tableOf(`business.${eventItemLink.table}`)).toMatchObject({
      columns: names,
      required: names,
      primaryKey: eventItemLink.hubKeys,
    });
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
        ...Object.keys(provenance),
        'event_timestamp',
        'event_type',
        'event_category',
        'event_action',
      ]),
    );
  });
});

describe.each(states)('$table', ({ table, history, accumulator, parent, id, columns }) => {
  it('holds the columns of the model once for each parent and state', () => {
    expect(tableOf(`business.${table}`)).toMatchObject({
      columns: [parent, id, 'tenant_hk', ...Object.keys(columns)],
      primaryKey: [parent, id],
    });
  });

  it('has a history of changes and an accumulator that knows the newest', () => {
    const changes = [parent, 'load_date', 'site_event_hk', id, 'record_source', 'tenant_hk'];
    expect(tableOf(`business.${history}`)).toMatchObject({
      columns: changes,
      required: changes,
      primaryKey: [parent, 'load_date', 'site_event_hk'],
    });
    expect(tableOf(`business.${accumulator}`)).toMatchObject({ primaryKey: [parent] });
    expect(tableOf(`business.${accumulator}`).required).toEqual(
      expect.arrayContaining(['tenant_hk', 'last_load_date', 'observed_event_hk', id]),
    );
  });
});

it('campaigns have the columns of the model in their order, and no other', () => {
  expect(tableOf(`business.${trafficSource.table}`)).toMatchObject({
    columns: Object.keys(trafficSource.columns),
    primaryKey: [trafficSource.key],
  });
});

it('the model names every table of the raw vault', () => {
  const businessVault = /_acc$|_snapshot_s$|\.(derived_session_slices|site_page_visitors|late_observations)$/;
  const inCatalogue = [...catalogue.keys()].filter(
    (name) => name.startsWith('business.') && !businessVault.test(name),
  );
  const described = [...keyed, eventItemLink, event, trafficSource].map(({ table }) => table as string);
  expect(inCatalogue.sort()).toEqual(
    [...described, ...states.flatMap(({ table, history }) => [table, history])]
      .map((table) => `business.${table}`)
      .sort(),
  );
});

it('staging has every column that the model loads from', () => {
  const sources = [...keyed, eventItemLink, event, trafficSource, ...states].flatMap(({ columns }) =>
    Object.values<string>(columns),
  );
  const staged = sources.flatMap((source) => [...source.matchAll(/\bs\.([a-z_]+)/g)].map(([, name]) => name));
  expect(tableOf('staging.site_events_staging').columns).toEqual(
    expect.arrayContaining([...new Set(staged)]),
  );
});

it('every table of the raw vault is loaded', () => {
  const loaded = [...loadingStatements.map(({ table }) => table), linkVisitors.table];
  expect(loaded.sort()).toEqual(
    [...keyed, eventItemLink, trafficSource, ...states].map(({ table }) => table as string).sort(),
  );
  expect(histories.map(({ history }) => history)).toEqual(states.map(({ history }) => history));
});

it('every loading statement runs, and loads nothing from nothing', async () => {
  for (const text of [
    insertEvents,
    linkVisitors.text,
    ...loadingStatements.map((statement) => statement.text),
  ]) {
    expect((await database.pool.query(text, [[]])).rowCount).toBe(0);
  }
});
