import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { HISTORY_ROWS_PER_DAY } from '../../lambdas/vault/history-statements.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';

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

const DAY = 86_400_000;
/** Noon of a day of this week, long enough ago that its arrivals are past. */
const NOON = Math.floor(Date.now() / DAY) * DAY - 3 * DAY + DAY / 2;

/** An event that describes a visitor, a page and an item by one word each. */
const observation = (word: string | null, more: object = {}) => ({
  event_id: randomUUID(),
  event_type: 'page_view',
  timestamp: new Date(NOON - DAY).toISOString(),
  page_url: 'https://site.example/page',
  page_title: word,
  visitor_id: 'v',
  session_id: 's',
  timezone: word,
  item_id: 'i',
  item_type: 'thing',
  item_description: word,
  ...more,
});

/** Lands a request as if it had arrived at the given time; returns its id. */
async function landAt(received: number, body: readonly object[]): Promise<string> {
  const { pending } = await tenant.land(body);
  const requestId = pending[0]?.requestId ?? '';
  for (const table of ['raw.site_tracking_requests_r', 'raw.pending_requests']) {
    await database.pool.query(`UPDATE ${table} SET received_timestamp = $2 WHERE request_id = $1`, [
      requestId,
      new Date(received),
    ]);
  }
  return requestId;
}
const load = async (requests: readonly string[]) => tenant.load(await tenant.stage(requests));
const repair = () => takeSnapshots(database.pool, silent, new Date(0));

const kinds = [
  { what: 'visitor', satellite: 'site_visitor_details_s', hub: 'site_visitor', word: 'timezone' },
  { what: 'page', satellite: 'site_page_details_s', hub: 'site_page', word: 'page_title' },
  { what: 'item', satellite: 'business_item_details_s', hub: 'business_item', word: 'item_description' },
] as const;
type Kind = (typeof kinds)[number];

const rowsOf = z.array(
  z.object({ word: z.string().nullable(), begins: z.number(), ends: z.number().nullable() }),
);

/** The rows of the one visitor, page or item: its word, and from when to when in milliseconds after noon. */
async function versions({ satellite, hub, word }: Kind) {
  const { rows } = await database.pool.query(
    `SELECT s.${word} AS word, (extract(epoch FROM s.load_date) * 1000 - $2)::float8 AS begins,
       (extract(epoch FROM s.load_end_date) * 1000 - $2)::float8 AS ends
     FROM business.${satellite} AS s JOIN business.${hub}_h AS h USING (${hub}_hk)
     WHERE h.tenant_hk = $1 ORDER BY s.load_date`,
    [tenant.tenantHk, NOON],
  );
  return rowsOf.parse(rows).map(({ word: said, begins, ends }) => [said, begins, ends]);
}

async function expectVersions(expected: readonly (readonly [string | null, number, number | null])[]) {
  for (const kind of kinds) expect(await versions(kind), kind.what).toEqual(expected);
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

describe('the history of a visitor, a page and an item', () => {
  it.each([[1, 1, 1], [3], [1, 2], [2, 1]].map((batches) => ({ batches })))(
    'has three rows for A, B, A in batches of $batches',
    async ({ batches }) => {
      const requests: string[] = [];
      for (const [n, word] of ['A', 'B', 'A'].entries())
        requests.push(await landAt(NOON + n, [observation(word)]));
      for (const size of batches) await load(requests.splice(0, size));
      await expectVersions([
        ['A', 0, 1],
        ['B', 1, 2],
        ['A', 2, null],
      ]);
    },
  );

  it.each(permutations([0, 1, 2]).map((order) => ({ order })))(
    'has the same three rows when they are loaded in the order $order and the late ones were read again',
    async ({ order }) => {
      const requests: string[] = [];
      for (const [n, word] of ['A', 'B', 'A'].entries())
        requests.push(await landAt(NOON + n, [observation(word)]));
      for (const n of order) await load([requests[n] ?? '']);
      await repair();
      await expectVersionsBesideSnapshots([
        ['A', 0],
        ['B', 1],
        ['A', 2],
      ]);
    },
  );

  it('has one row for equal neighbours, however they are split over batches', async () => {
    const words = ['A', 'A', 'B', 'B', 'B', 'A'];
    const requests: string[] = [];
    for (const [n, word] of words.entries()) requests.push(await landAt(NOON + n, [observation(word)]));
    await load(requests.slice(0, 1));
    await load(requests.slice(1, 4));
    await load(requests.slice(4));
    await expectVersions([
      ['A', 0, 2],
      ['B', 2, 5],
      ['A', 5, null],
    ]);
  });

  it('keeps title, browser and price when an event names only page, visitor and item, in whatever order they are loaded', async () => {
    for (const isReversed of [false, true]) {
      tenant = await createTenant(database.pool, `click-${isReversed}`);
      const click = { event_type: 'click', page_title: undefined, timezone: undefined, item_id: undefined };
      const requests = [
        await landAt(NOON, [observation('before', click)]),
        await landAt(NOON + 1, [observation('Word')]),
        await landAt(NOON + 2, [observation('after', click)]),
        await landAt(NOON + 3, [
          {
            event_id: randomUUID(),
            event_type: 'transaction_step',
            evt_action: 'complete',
            visitor_id: 'v',
            item_id: 'i',
          },
        ]),
      ];
      for (const requestId of isReversed ? requests.toReversed() : requests) await load([requestId]);
      const [visitor, page, item] = kinds;
      expect(await versions(visitor)).toEqual([
        [null, 0, 1],
        ['Word', 1, null],
      ]);
      expect(await versions(page)).toEqual([['Word', 1, null]]);
      expect(await versions(item)).toEqual([['Word', 1, null]]);
    }
  });

  it('shows what the newest event happened to say of a visitor whom none describes', async () => {
    const agents = ['Mozilla/5.0 (Windows NT 10.0) Firefox/143.0', 'Mozilla/5.0 (X11; Linux) Firefox/144.0'];
    for (const isReversed of [false, true]) {
      tenant = await createTenant(database.pool, `agent-${isReversed}`);
      const requests: string[] = [];
      for (const [n, userAgent] of agents.entries()) {
        const call = { event_type: 'api_call', visitor_id: 'v', user_agent: userAgent };
        requests.push(await landAt(NOON + n, [{ event_id: randomUUID(), ...call }]));
      }
      for (const requestId of isReversed ? requests.toReversed() : requests) await load([requestId]);
      const { rows } = await database.pool.query(
        `SELECT s.user_agent, s.load_end_date FROM business.site_visitor_details_s AS s
         JOIN business.site_visitor_h AS h USING (site_visitor_hk) WHERE h.tenant_hk = $1`,
        [tenant.tenantHk],
      );
      expect(rows).toEqual([{ user_agent: agents[1], load_end_date: null }]);
    }
  });

  it('takes a value that goes, comes, changes its case or loses a leading blank for a change', async () => {
    const words = ['Word', null, 'Word', 'word', ' word', 'word'];
    for (const [n, word] of words.entries()) await load([await landAt(NOON + n, [observation(word)])]);
    await expectVersions(words.map((word, n) => [word, n, n + 1 === words.length ? null : n + 1]));
  });

  it('has one row for one instant, of the last event by its key, in whatever order the instant’s requests are loaded', async () => {
    const early = new Date(NOON - DAY).toISOString();
    const late = new Date(NOON - DAY + 1).toISOString();
    for (const isReversed of [false, true]) {
      tenant = await createTenant(database.pool, `instant-${isReversed}`);
      const requests = [
        await landAt(NOON, [observation('early', { timestamp: early })]),
        await landAt(NOON, [observation('late', { timestamp: late })]),
      ];
      for (const requestId of isReversed ? requests.toReversed() : requests) await load([requestId]);
      await repair();
      await expectVersionsBesideSnapshots([['late', 0]]);
    }
  });

  it('does not change when a request is loaded again under another id', async () => {
    const requests: string[] = [];
    for (const [n, word] of ['A', 'B', 'A'].entries())
      requests.push(await landAt(NOON + n, [observation(word)]));
    await load(requests);
    const before = await Promise.all(kinds.map(versions));
    const { rows } = await database.pool.query(
      `WITH copy AS (
         INSERT INTO raw.site_tracking_requests_r
         SELECT (jsonb_populate_record(r, jsonb_build_object('request_id', nextval('raw.request_id_seq')))).*
         FROM raw.site_tracking_requests_r AS r WHERE r.request_id = ANY ($1::bigint[])
         RETURNING request_id, received_timestamp, tenant_id, event_count)
       INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
       SELECT *, received_timestamp FROM copy RETURNING request_id::text AS id`,
      [requests],
    );
    const copies = z.array(z.object({ id: z.string() })).parse(rows);
    expect(copies).toHaveLength(3);
    await load(copies.map(({ id }) => id));
    expect(await Promise.all(kinds.map(versions))).toEqual(before);
  });
});

/** As {@link expectVersions}, where snapshots may have cut a row in two. */
async function expectVersionsBesideSnapshots(expected: readonly (readonly [string | null, number])[]) {
  for (const kind of kinds) {
    const found = await versions(kind);
    const changes = found.filter(([word], index) => index === 0 || word !== found[index - 1]?.[0]);
    expect(
      changes.map(([word, begins]) => [word, begins]),
      kind.what,
    ).toEqual(expected);
  }
}

describe(`a key whose state changes more than ${HISTORY_ROWS_PER_DAY} times a day`, () => {
  const CHANGES = HISTORY_ROWS_PER_DAY + 30;

  /** Rows of each history, and the state that its open row shows. */
  async function capped(): Promise<unknown[]> {
    const shown = await Promise.all(kinds.map(versions));
    return shown.map((rows) => [rows.length, rows.at(-1)?.[0]]);
  }
  const all = (rows: number, word: string) => kinds.map(() => [rows, word]);

  it.each([1, 7, CHANGES])(
    'has so many rows for the day, when loaded %i requests at a time',
    async (size) => {
      const requests: string[] = [];
      for (let n = 0; n < CHANGES; n += 1) requests.push(await landAt(NOON + n, [observation(`word ${n}`)]));
      for (let n = 0; n < CHANGES; n += size) await load(requests.slice(n, n + size));
      expect(await capped()).toEqual(all(HISTORY_ROWS_PER_DAY, `word ${HISTORY_ROWS_PER_DAY - 1}`));
    },
    60_000,
  );

  it('shows its newest state in the current view, and in a row of the next day', async () => {
    for (let n = 0; n < CHANGES; n += 1) await landAt(NOON + n, [observation(`word ${n}`)]);
    const { rows } = await database.pool.query(
      'SELECT request_id::text AS id FROM raw.pending_requests WHERE tenant_id = $1 ORDER BY received_timestamp',
      [tenant.tenantId],
    );
    await load(
      z
        .array(z.object({ id: z.string() }))
        .parse(rows)
        .map(({ id }) => id),
    );
    const newest = `word ${CHANGES - 1}`;
    const { rows: current } = await database.pool.query(
      'SELECT page_title FROM business.site_page_current WHERE tenant_hk = $1',
      [tenant.tenantHk],
    );
    expect(current).toEqual([{ page_title: newest }]);
    await load([await landAt(NOON + DAY, [observation(newest)])]);
    expect(await capped()).toEqual(all(HISTORY_ROWS_PER_DAY + 1, newest));
    await load([await landAt(NOON + DAY + 1, [observation(newest)])]);
    expect(await capped()).toEqual(all(HISTORY_ROWS_PER_DAY + 1, newest));
  }, 60_000);
});
