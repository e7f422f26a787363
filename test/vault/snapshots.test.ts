import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Random } from '../../cli/sample/random.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { differences, openRows, type Relation, vaultRows } from '../support/vault-rows.ts';

let database: TestDatabase;
let tenant: Awaited<ReturnType<typeof createTenant>>;
let tenants = 0;
beforeAll(async () => {
  database = await createDatabase();
});
beforeEach(async () => {
  tenants += 1;
  tenant = await createTenant(database.pool, `tenant-${tenants}`);
});
afterAll(() => database.drop());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Events may lie a day ahead, so hours can pass in a test. */
const begin = Date.now();

const event = (at: number, more: object = {}) => ({
  event_id: randomUUID(),
  event_type: 'item_interaction',
  timestamp: new Date(at).toISOString(),
  page_url: 'https://site.example/',
  visitor_id: 'v',
  session_id: 's',
  item_id: 'i',
  ...more,
});
const views = (at: number, count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, n) =>
    event(at + n, { event_type: n % 2 === 0 ? 'page_view' : 'item_interaction', ...more }),
  );
const tick = (asOf: number) => takeSnapshots(database.pool, silent, new Date(asOf));

const satellites = {
  site_session_details_s: 'site_session',
  site_visitor_details_s: 'site_visitor',
  site_page_details_s: 'site_page',
  business_item_details_s: 'business_item',
} as const;

/** Rows that the tenant's sessions, visitors, pages and items have. */
async function rowCounts(): Promise<number[]> {
  const counts = [];
  for (const [satellite, hub] of Object.entries(satellites)) {
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM business.${satellite} JOIN business.${hub}_h AS h USING (${hub}_hk) WHERE h.tenant_hk = $1`,
      [tenant.tenantHk],
    );
    counts.push(z.array(z.object({ n: z.number() })).parse(rows)[0]?.n ?? -1);
  }
  return counts;
}

describe('the history of counters', () => {
  it('has rows for the hours that passed, whatever the traffic', async () => {
    const hours = 5;
    const counts: number[][] = [];
    for (const traffic of [1, 30]) {
      tenant = await createTenant(database.pool, `traffic-${traffic}`);
      for (let passed = 0; passed <= hours * HOUR; passed += 15 * MINUTE) {
        await tenant.track(views(begin + passed, traffic, { event_type: 'page_view' }));
        await tick(begin + passed);
      }
      await tick(begin + (hours + 1) * HOUR);
      counts.push(await rowCounts());
    }
    const [quiet = [], busy = []] = counts;
    expect(busy).toEqual(quiet);
    const [sessions = 0, visitors = 0, pages = 0, items = 0] = busy;
    expect(sessions).toBeLessThanOrEqual(1 + hours);
    expect(sessions).toBeGreaterThan(hours - 1);
    expect(visitors).toBeLessThanOrEqual(1 + 1);
    expect(pages).toBeLessThanOrEqual(1 + hours + 1);
    expect(pages).toBeGreaterThan(hours - 1);
    expect(items).toBeLessThanOrEqual(1 + hours + 1);
    expect(items).toBeGreaterThan(hours - 1);
  }, 60_000);

  it('has a visitor’s rows for the days that passed, whatever the number of ticks', async () => {
    const days = 3;
    for (let passed = 0; passed < days * DAY; passed += 4 * HOUR) {
      await tenant.track(views(begin + passed / 4, 3));
      await tick(begin + passed);
    }
    const [, visitors = 0] = await rowCounts();
    expect(visitors).toBeLessThanOrEqual(days + 1);
    expect(visitors).toBeGreaterThanOrEqual(days);
  }, 60_000);

  it('has one more row of a session for each time late events opened it, however many came', async () => {
    await tenant.track(views(begin, 2));
    await tick(begin + DAY);
    const [closed = 0] = await rowCounts();
    expect(closed).toBe(1);
    for (let late = 1; late <= 3; late += 1) {
      for (let n = 0; n < 4; n += 1) await tenant.track([event(begin + late * MINUTE + n)]);
      await tick(begin + DAY + late);
      expect((await rowCounts())[0]).toBe(closed + late);
    }
  });

  it('stays as it is while nothing happens', async () => {
    await tenant.track(views(begin, 5));
    await tick(begin + DAY);
    const before = await rowCounts();
    for (let day = 2; day < 6; day += 1) await tick(begin + day * DAY);
    expect(await rowCounts()).toEqual(before);
  });

  it('stays as it is when an event leaves every figure as it was', async () => {
    await tenant.track([
      event(begin, { item_id: undefined, event_type: 'click' }),
      ...views(begin + MINUTE, 3),
    ]);
    await tick(begin + DAY);
    const [, ...before] = await rowCounts();
    await tenant.track([event(begin + 30_000, { event_type: 'click', item_id: undefined })]);
    await tick(begin + 3 * DAY);
    const [, ...after] = await rowCounts();
    expect(after).toEqual(before);
  });
});

describe('a session', () => {
  const isOpen = async (): Promise<boolean> => {
    const { rows } = await database.pool.query(
      'SELECT is_open FROM business.site_session_current WHERE tenant_hk = $1',
      [tenant.tenantHk],
    );
    return (
      z
        .array(z.object({ is_open: z.boolean() }))
        .length(1)
        .parse(rows)[0]?.is_open ?? false
    );
  };

  it('closes when its last event is 30 minutes old, not before, and a late event opens it', async () => {
    await tenant.track(views(begin, 1));
    await tick(begin + 30 * MINUTE - 1);
    expect(await isOpen()).toBe(true);
    await tick(begin + 30 * MINUTE);
    expect(await isOpen()).toBe(false);
    await tenant.track([event(begin - MINUTE)]);
    expect(await isOpen()).toBe(true);
  });
});

const physicalTables = [
  'session_slice_h',
  'site_visitor_h',
  'site_page_h',
  'business_item_h',
  'session_slice_visitor_l',
  'event_business_item_nl',
  'site_event_nl',
  'site_visitor_state_r',
  'site_page_state_r',
  'business_item_state_r',
  'traffic_source_r',
  'site_visitor_history',
  'site_page_history',
  'business_item_history',
  'site_session_snapshot_s',
  'site_visitor_snapshot_s',
  'site_page_snapshot_s',
  'business_item_snapshot_s',
];

const textRows = z.array(z.object({ row: z.string() }));
/** Every row of a query as text. */
async function texts(query: string): Promise<string[]> {
  const { rows } = await database.pool.query(`SELECT to_jsonb(r)::text AS row FROM (${query}) AS r`);
  return textRows.parse(rows).map(({ row }) => row);
}

/** Rows of the tables that only ever grow, with the transaction that wrote each. */
const physicalRows = async (): Promise<string[]> =>
  (
    await Promise.all(
      physicalTables.map((table) =>
        texts(`SELECT '${table}' AS name, xmin::text, t.* FROM business.${table} AS t`),
      ),
    )
  ).flat();

/** Closed rows of the satellites, but for those of sessions without a name of the client's, which may become part of another. */
const closedRows = async (): Promise<string[]> =>
  (
    await Promise.all(
      Object.entries(satellites).map(([satellite, hub]) =>
        texts(
          `SELECT '${satellite}' AS name, s.* FROM business.${satellite} AS s JOIN business.${hub}_h AS h USING (${hub}_hk)
           WHERE s.load_end_date IS NOT NULL AND h.${hub}_bk NOT LIKE '%Z v%'`,
        ),
      ),
    )
  ).flat();

/** What an insert-only satellite with drawn end dates may never show, as rows. */
const brokenChains = (satellite: string, hub: string): string => `
  SELECT * FROM (
    SELECT load_date, load_end_date,
      lead(load_date) OVER key AS next_load_date,
      count(*) FILTER (WHERE load_end_date IS NULL) OVER (PARTITION BY ${hub}_hk) AS open_rows,
      hash_diff = lead(hash_diff) OVER key AND lead(load_end_date) OVER key IS NOT NULL AS repeats
    FROM business.${satellite} WINDOW key AS (PARTITION BY ${hub}_hk ORDER BY load_date)
  ) AS version
  WHERE load_end_date IS DISTINCT FROM next_load_date OR load_end_date <= load_date OR open_rows <> 1 OR repeats`;

describe('whatever events and ticks come, in the order of arrival', () => {
  it.each([1, 2])(
    'closed rows and written rows never change, and the chain of rows has no gap (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      let asOf = begin;
      let closed: string[] = [];
      let written: string[] = [];
      for (let step = 0; step < 14; step += 1) {
        await tenant.track(randomEvents(random, asOf));
        if (random.chance(0.6)) {
          asOf += random.pick([5 * MINUTE, 20 * MINUTE, 45 * MINUTE, 3 * HOUR]);
          await tick(asOf);
        }
        const [closedNow, writtenNow] = [await closedRows(), await physicalRows()];
        expect(missing(closed, closedNow)).toEqual([]);
        expect(missing(written, writtenNow)).toEqual([]);
        [closed, written] = [closedNow, writtenNow];
        for (const [satellite, hub] of Object.entries(satellites))
          expect(await texts(brokenChains(satellite, hub))).toEqual([]);
        await currentIsOpenRow();
      }
      expect(closed.length).toBeGreaterThan(20);
    },
    120_000,
  );
});

/** Rows of `before` that are not in `after`. */
function missing(before: readonly string[], after: readonly string[]): string[] {
  const known = new Set(after);
  return before.filter((row) => !known.has(row)).slice(0, 3);
}

/** Named and unnamed sessions, few keys, changing titles, devices and prices, also before what is known already. */
const randomEvents = (random: Random, asOf: number): object[] =>
  Array.from({ length: random.between(1, 8) }, () => {
    const visitor = random.pick(['v1', 'v2', 'v3']);
    const at = Math.min(asOf, begin + 20 * HOUR) - (random.chance(0.2) ? random.between(0, 300) * MINUTE : 0);
    return event(at + random.between(0, 60_000), {
      event_type: random.pick(['page_view', 'page_view', 'item_interaction', 'click']),
      visitor_id: visitor,
      session_id: random.chance(0.5) ? `named-${visitor}-${random.between(1, 2)}` : undefined,
      page_url: `https://site.example/${random.between(1, 3)}`,
      page_title: random.chance(0.1) ? 'Another title' : 'Title',
      timezone: random.chance(0.1) ? 'UTC' : 'Europe/Vienna',
      item_id: `item-${random.between(1, 2)}`,
      item_value: random.chance(0.1) ? 2 : 1,
      evt_value: random.between(0, 9),
    });
  });

/** The cheap views of what holds now say what the open rows say. */
async function currentIsOpenRow(): Promise<void> {
  const pairs: [Relation, Relation][] = [
    ['site_session_current', 'site_session_details_s'],
    ['site_visitor_current', 'site_visitor_details_s'],
    ['site_page_current', 'site_page_details_s'],
    ['business_item_current', 'business_item_details_s'],
  ];
  for (const [current, details] of pairs) {
    const found = await vaultRows(database.pool, current);
    const open = openRows(await vaultRows(database.pool, details));
    const [columns = [], others = []] = [found, open].map((rows) =>
      Object.keys([...rows.values()][0]?.[0] ?? {}),
    );
    const shared = columns.filter(
      (column) => others.includes(column) && (column !== 'load_date' || current === 'site_session_current'),
    );
    expect(shared.length).toBeGreaterThan(9);
    expect(differences(found, open, shared), current).toEqual([]);
  }
}
