import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Random } from '../../cli/sample/random.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { copyDatabase, createDatabase, type TestDatabase } from '../support/database.ts';
import { mixedTraffic } from '../support/mixed-industries.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { dumpDifferences, dumpVault, type VaultDump } from '../support/vault-dump.ts';

const EVENTS = 600;
const EVENTS_OF_REQUEST = 40;
const WORKERS = 8;
const KILLS = 50;
const TENANTS = ['crowd-a', 'crowd-b', 'crowd-c'];
const LONG = 300_000;

const now = new Date();
/** When everything is over: all sessions close and every snapshot is due. */
const end = new Date(now.getTime() + 2 * 24 * 60 * 60 * 1_000);

let landed: TestDatabase;
let requests: string[];
/** The vault that one worker makes, request by request in the order of arrival. */
let clean: VaultDump;

beforeAll(async () => {
  landed = await createDatabase();
  for (const tenantId of TENANTS) {
    const tenant = await createTenant(landed.pool, tenantId);
    const { sendings } = mixedTraffic(EVENTS / TENANTS.length, 11, [tenantId], now, EVENTS_OF_REQUEST);
    for (const { body, ...origin } of sendings) await tenant.land(body, origin);
    for (let n = 0; n < 10; n += 1) await tenant.land(crowd(n));
  }
  const originals = await waiting(landed.pool);
  await copyRequests(
    landed.pool,
    originals.filter((_, index) => index % 3 === 0),
  );
  requests = await waiting(landed.pool);
  await landed.leave();
  const database = await copyDatabase(landed);
  for (const requestId of requests) await carry(database.pool, [requestId]);
  await finish(database.pool);
  clean = await dumpVault(database.pool);
  await database.drop();
}, LONG);
afterAll(() => landed.drop());

/** What everybody fights for: one page, one visitor, one session, one item, one campaign. */
const crowd = (request: number): object[] =>
  Array.from({ length: EVENTS_OF_REQUEST }, (_, n) => ({
    event_id: `0190a0b0-c0d0-7000-8000-${String(request * 1_000 + n).padStart(12, '0')}`,
    event_type: n % 3 === 0 ? 'page_view' : 'item_interaction',
    evt_label: 'the item',
    evt_value: n,
    timestamp: new Date(
      end.getTime() - 4 * 86_400_000 + ((n * 37 + request * 11) % 200) * 60_000,
    ).toISOString(),
    page_url: 'https://hot.example/?utm_source=google',
    page_title: request % 3 === 0 ? 'One title' : 'Another title',
    visitor_id: 'everybody',
    ...(n % 2 === 0 && { session_id: 'one session' }),
  }));

const idRows = z.array(z.object({ request_id: z.string() }));

/** Gives the events of requests a second request with the same arrival. */
async function copyRequests(pool: pg.Pool, requestIds: readonly string[]): Promise<void> {
  await pool.query(
    `WITH copy AS (
       INSERT INTO raw.site_tracking_requests_r
       SELECT (jsonb_populate_record(request, jsonb_build_object('request_id', nextval('raw.request_id_seq')))).*
       FROM raw.site_tracking_requests_r AS request
       WHERE request.request_id = ANY ($1::bigint[])
       RETURNING request_id, received_timestamp, tenant_id, event_count
     )
     INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
     SELECT *, received_timestamp FROM copy`,
    [requestIds],
  );
}

async function waiting(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query(
    'SELECT request_id::text FROM raw.pending_requests ORDER BY received_timestamp, request_id',
  );
  return idRows.parse(rows).map(({ request_id }) => request_id);
}

/** Stages and loads requests, as the queue's consumers do. */
async function carry(pool: pg.Pool, requestIds: readonly string[]): Promise<void> {
  await stageRequests(pool, recordingBell(), silent, requestIds);
  await loadRequests(pool, silent, requestIds);
}

/** What the sweeper leaves: nothing. Then everything closes. */
async function finish(pool: pg.Pool): Promise<void> {
  for (let left = await waiting(pool); left.length > 0; left = await waiting(pool)) await carry(pool, left);
  await takeSnapshots(pool, silent, end);
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Each worker's own order of all requests in batches of its own sizes: every request goes to every worker. */
async function loadByWorkers(pool: pg.Pool, seed: number): Promise<void> {
  const work = async (worker: number) => {
    const random = new Random(seed * 100 + worker);
    const own = shuffled(requests, random);
    while (own.length > 0) await carry(pool, own.splice(0, random.between(1, 7)));
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
}

async function deadlocks(database: TestDatabase): Promise<number> {
  const server = new pg.Client({ connectionString: new URL('/postgres', database.url).href });
  await server.connect();
  try {
    const { rows } = await server.query('SELECT deadlocks::int FROM pg_stat_database WHERE datname = $1', [
      new URL(database.url).pathname.slice(1),
    ]);
    return z.array(z.object({ deadlocks: z.number() })).parse(rows)[0]?.deadlocks ?? -1;
  } finally {
    await server.end();
  }
}

/** A pool whose backends have written their statistics: they do at their end. */
async function withOwnPool(database: TestDatabase, work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  const pool = new pg.Pool({ connectionString: database.url, max: WORKERS });
  try {
    await work(pool);
  } finally {
    await pool.end();
  }
}

describe('eight workers on the same shuffled, overlapping, duplicated batches', () => {
  it.each([1, 2])(
    'make the vault that one worker makes, without a deadlock (seed %i)',
    async (seed) => {
      const database = await copyDatabase(landed);
      await withOwnPool(database, (pool) => loadByWorkers(pool, seed));
      await finish(database.pool);
      expect(dumpDifferences(clean, await dumpVault(database.pool))).toEqual([]);
      expect(await deadlocks(database)).toBe(0);
      await database.drop();
    },
    LONG,
  );

  it(
    'wait for each other in one order when all of them meet the same new keys at once',
    async () => {
      const database = await createDatabase();
      const tenant = await createTenant(database.pool, 'tenant');
      const random = new Random(9);
      let ready = 0;
      let barrier = Promise.withResolvers<void>();
      // They begin with the keys together, whoever was done with the events first.
      const meet = async (text: string) => {
        if (!text.includes('INSERT INTO business.session_slice_h')) return;
        ready += 1;
        if (ready === WORKERS) barrier.resolve();
        await barrier.promise;
      };
      await withOwnPool(database, async (pool) => {
        pool.on('connect', (client) => intercept(client, meet));
        for (let round = 0; round < 2; round += 1) {
          const keys = Array.from({ length: 600 }, (_, n) => `${round}-${n}`);
          const batches: string[][] = [];
          for (let worker = 0; worker < WORKERS; worker += 1) {
            const { pending } = await tenant.land(
              shuffled(keys, random).map((key) => ({
                event_id: randomUUID(),
                event_type: 'item_interaction',
                page_url: `https://site.example/${key}`,
                visitor_id: key,
                session_id: key,
                item_id: key,
              })),
            );
            batches.push(await tenant.stage(pending.map(({ requestId }) => requestId)));
          }
          ready = 0;
          barrier = Promise.withResolvers<void>();
          await Promise.all(batches.map((batch) => loadRequests(pool, silent, batch)));
        }
      });
      expect(await deadlocks(database)).toBe(0);
      await expectNoHalves(database.pool);
      await database.drop();
    },
    LONG,
  );

  it(
    'come to the same values while sessions close and snapshots are taken between them',
    async () => {
      const database = await copyDatabase(landed);
      const random = new Random(4);
      let isDone = false;
      await withOwnPool(database, async (pool) => {
        const maintain = async () => {
          while (!isDone)
            await takeSnapshots(pool, silent, new Date(now.getTime() - random.between(0, 6) * 86_400_000));
        };
        const maintenance = maintain();
        await loadByWorkers(pool, 4).finally(() => {
          isDone = true;
        });
        await maintenance;
      });
      await finish(database.pool);
      // Snapshots taken on the way are history that the clean run does not have; what holds now is the same.
      expect(dumpDifferences(valuesNow(clean), valuesNow(await dumpVault(database.pool)))).toEqual([]);
      expect(await deadlocks(database)).toBe(0);
      await database.drop();
    },
    LONG,
  );
});

/** The dump without closed rows, and without when a snapshot was taken. */
function valuesNow(dump: VaultDump): VaultDump {
  const taken = ['load_date', 'snapshot_at', 'snapshot_load_date'];
  return new Map(
    [...dump].map(([relation, rows]) => {
      const isSatellite = relation.endsWith('_s') && relation !== 'site_event_details_s';
      if (!isSatellite && !relation.endsWith('_acc') && !relation.endsWith('_current'))
        return [relation, rows];
      return [
        relation,
        rows
          .map((row) => z.record(z.string(), z.unknown()).parse(JSON.parse(row)))
          .filter((row) => !isSatellite || row.load_end_date === null)
          .map((row) => JSON.stringify(Object.entries(row).filter(([column]) => !taken.includes(column))))
          .sort(),
      ];
    }),
  );
}

/** Each finds what a half-loaded event or a half-counted one would leave behind, as rows. */
const halves = {
  'an event without a key it names': `
    SELECT e.site_event_hk FROM business.site_event_nl AS e
    WHERE NOT EXISTS (SELECT FROM business.session_slice_h AS h WHERE h.session_slice_hk = e.session_slice_hk)
       OR NOT EXISTS (SELECT FROM business.session_slice_visitor_l AS l
            WHERE l.session_slice_hk = e.session_slice_hk AND l.site_visitor_hk = e.site_visitor_hk)
       OR NOT EXISTS (SELECT FROM business.site_visitor_h AS h WHERE h.site_visitor_hk = e.site_visitor_hk)
       OR NOT EXISTS (SELECT FROM business.site_page_h AS h WHERE h.site_page_hk = e.site_page_hk)
       OR NOT EXISTS (SELECT FROM business.traffic_source_r AS r WHERE r.traffic_source_id = e.traffic_source_id)
       OR NOT EXISTS (SELECT FROM business.site_visitor_state_r AS r
            WHERE r.site_visitor_hk = e.site_visitor_hk AND r.visitor_state_id = e.visitor_state_id)`,
  'an item link without its event, its item or its state': `
    SELECT l.site_event_hk FROM business.event_business_item_nl AS l
    WHERE NOT EXISTS (SELECT FROM business.site_event_nl AS e WHERE e.site_event_hk = l.site_event_hk)
       OR NOT EXISTS (SELECT FROM business.business_item_state_r AS r
            WHERE r.business_item_hk = l.business_item_hk AND r.item_state_id = l.item_state_id)`,
  'a session that counts other events than it has': `
    SELECT s.site_session_hk FROM business.site_session_current AS s
    FULL JOIN (SELECT site_session_hk, count(*) AS events FROM business.event_session_l GROUP BY site_session_hk) AS e
      USING (site_session_hk)
    WHERE s.total_events IS DISTINCT FROM e.events`,
  'a visitor that counts other events or sessions than it has': `
    SELECT acc.site_visitor_hk FROM business.site_visitor_acc AS acc
    FULL JOIN (SELECT site_visitor_hk, count(*) AS events, count(DISTINCT site_session_hk) AS sessions
               FROM business.site_event_facts GROUP BY site_visitor_hk) AS e USING (site_visitor_hk)
    WHERE (acc.total_events, acc.total_sessions) IS DISTINCT FROM (e.events, e.sessions)`,
  'a page that counts other views or visitors than it has': `
    SELECT acc.site_page_hk FROM business.site_page_acc AS acc
    FULL JOIN (SELECT site_page_hk, count(*) FILTER (WHERE event_type = 'page_view') AS views,
                 count(DISTINCT site_visitor_hk) FILTER (WHERE event_type = 'page_view') AS visitors
               FROM business.site_event_nl WHERE page_state_id IS NOT NULL GROUP BY site_page_hk) AS e USING (site_page_hk)
    WHERE (acc.total_views, acc.unique_visitors) IS DISTINCT FROM (e.views, e.visitors)`,
  'an item that counts other events than it has': `
    SELECT acc.business_item_hk FROM business.business_item_acc AS acc
    FULL JOIN (SELECT l.business_item_hk, count(*) FILTER (WHERE e.event_type <> 'transaction_step') AS interactions
               FROM business.event_business_item_nl AS l JOIN business.site_event_nl AS e USING (site_event_hk)
               GROUP BY l.business_item_hk) AS e USING (business_item_hk)
    WHERE acc.total_interactions IS DISTINCT FROM e.interactions`,
  'pages entered by other sessions than those that are closed': `
    SELECT acc.entries, closed.sessions
    FROM (SELECT sum(entries) AS entries FROM business.site_page_acc) AS acc,
      (SELECT count(*) AS sessions FROM business.site_session_current AS s
       JOIN business.site_event_nl AS e ON e.site_event_hk = s.entry_event_hk
       WHERE NOT s.is_open AND e.event_type = 'page_view' AND e.page_state_id IS NOT NULL) AS closed
    WHERE coalesce(acc.entries, 0) <> closed.sessions`,
  'a staged request without all its events': `
    SELECT p.request_id FROM raw.pending_requests AS p
    WHERE p.stage = 'STAGED' AND p.staged_count <> (
      SELECT count(*) FROM staging.site_events_staging AS s WHERE s.staging_event_id / 1024 = p.request_id)`,
} as const;

async function expectNoHalves(pool: pg.Pool): Promise<void> {
  for (const [what, text] of Object.entries(halves)) {
    // By a name they are planned once: planning takes longer than looking, and they are asked for each kill.
    const { rowCount } = await pool.query({ name: what, text });
    expect(rowCount, what).toBe(0);
  }
}

const statementText = z.object({ text: z.string() });

/** Calls `before` with the text of each statement that the client is about to run, and waits for it. */
function intercept(client: pg.PoolClient, before: (text: string) => Promise<void>): void {
  const query = client.query.bind(client);
  const intercepted = async (...parameters: unknown[]) => {
    const [statement] = parameters;
    await before(typeof statement === 'string' ? statement : statementText.parse(statement).text);
    return Reflect.apply(query, client, parameters);
  };
  Object.assign(client, { query: intercepted });
}

describe('a worker that loads while another has loaded and not yet committed', () => {
  const at = (minutes: number) => new Date(now.getTime() - 3 * 86_400_000 + minutes * 60_000).toISOString();
  const event = (minutes: number, title = 'Title') => ({
    event_type: 'page_view',
    timestamp: at(minutes),
    page_url: 'https://site.example/',
    page_title: title,
    visitor_id: 'v',
  });
  const halfHour = -(now.getTime() / 60_000) % 30;

  /** Loads two requests so that the first commits when the second has finished or waits for it. */
  async function loadAtOnce(
    database: TestDatabase,
    first: readonly string[],
    second: readonly string[],
  ): Promise<void> {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const held = new pg.Pool({ connectionString: database.url, max: 1 });
    held.on('connect', (client) =>
      intercept(client, async (text) => {
        if (text !== 'COMMIT') return;
        reached.resolve();
        await released.promise;
      }),
    );
    const one = loadRequests(held, silent, first);
    await reached.promise;
    let isOver = false;
    const other = loadRequests(database.pool, silent, second).finally(() => {
      isOver = true;
    });
    while (!isOver && !(await somebodyWaits(database.pool))) await setTimeout(5);
    released.resolve();
    await Promise.all([one, other]);
    await held.end();
  }

  async function somebodyWaits(pool: pg.Pool): Promise<boolean> {
    const { rowCount } = await pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    return rowCount !== 0;
  }

  it.each([
    {
      what: 'its session begins the other’s',
      known: [],
      first: [event(halfHour + 20)],
      second: [event(halfHour + 40)],
      sessions: 1,
    },
    {
      what: 'its session ends the other’s',
      known: [],
      first: [event(halfHour + 40)],
      second: [event(halfHour + 20)],
      sessions: 1,
    },
    {
      what: 'both open one closed session',
      known: [event(halfHour + 10)],
      first: [event(halfHour + 5)],
      second: [event(halfHour + 6)],
      sessions: 1,
    },
    {
      what: 'both join two closed sessions',
      known: [event(halfHour), event(halfHour + 58)],
      first: [event(halfHour + 28)],
      second: [event(halfHour + 31)],
      sessions: 1,
    },
    {
      what: 'it saw the page before the other',
      known: [],
      first: [event(halfHour + 1, 'New title')],
      second: [event(halfHour, 'Old title')],
      sessions: 1,
    },
  ])('loses nothing when $what', async ({ known, first, second, sessions }) => {
    const database = await createDatabase();
    const tenant = await createTenant(database.pool, 'tenant');
    if (known.length > 0) await tenant.track(known);
    await takeSnapshots(database.pool, silent, now);
    const requestOf = async (events: readonly object[]) =>
      tenant.stage((await tenant.land(events)).pending.map(({ requestId }) => requestId));
    const requests = [await requestOf(second), await requestOf(first)];
    await loadAtOnce(database, requests[1] ?? [], requests[0] ?? []);
    await expectNoHalves(database.pool);
    const current = await database.pool.query('SELECT total_events FROM business.site_session_current');
    expect(current.rows).toEqual(
      Array.from({ length: sessions }, () => ({ total_events: known.length + 2 })),
    );
    await finish(database.pool);
    await expectNoHalves(database.pool);
    const { rows } = await database.pool.query(
      `SELECT DISTINCT page_title FROM business.site_page_details_s ORDER BY 1`,
    );
    expect(rows.map((row) => row.page_title)).toEqual(
      [...new Set([...known, ...first, ...second].map(({ page_title }) => page_title))].sort(),
    );
    await database.drop();
  });

  it('counts an event once when both hold it, and refuses none', async () => {
    const database = await createDatabase();
    const { pool } = database;
    const tenant = await createTenant(pool, 'tenant');
    const [original = ''] = (await tenant.land([event(0)])).pending.map(({ requestId }) => requestId);
    await copyRequests(pool, [original]);
    const [first = '', second = ''] = await tenant.stage(await waiting(pool));
    await loadAtOnce(database, [first], [second]);
    await expectNoHalves(pool);
    const { rows } = await pool.query(
      `SELECT total_events, (SELECT count(*)::int FROM staging.quarantined_events) AS refused,
         (SELECT count(*)::int FROM raw.pending_requests) AS waiting FROM business.site_session_current`,
    );
    expect(rows).toEqual([{ total_events: 1, refused: 0, waiting: 0 }]);
    await database.drop();
  });
});

/** Counts the statements of a connection, and has the server end the connection before, or while, a chosen one runs. */
class Executioner {
  statements = 0;
  isDead = false;
  #killing: Promise<void> | undefined;
  readonly #control: pg.Pool;
  readonly #name = `doomed ${Math.random()}`;
  readonly #pool: pg.Pool;

  constructor(database: TestDatabase, killAt: number, during: boolean) {
    this.#control = database.pool;
    this.#pool = new pg.Pool({ connectionString: database.url, max: 1, application_name: this.#name });
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      intercept(client, async () => {
        this.statements += 1;
        if (this.statements === killAt) this.#killing = this.#kill();
        if (!during) await this.#killing;
      });
    });
  }

  /** Runs `work` on the doomed connection; says whether it came to its end. */
  async run(work: (pool: pg.Pool) => Promise<void>): Promise<boolean> {
    try {
      await work(this.#pool);
      return true;
    } catch (error) {
      await this.#killing;
      if (!this.isDead) throw error;
      return false;
    } finally {
      await this.#killing;
      await this.#pool.end();
    }
  }

  async #kill(): Promise<void> {
    const { rowCount } = await this.#control.query(
      'SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = $1',
      [this.#name],
    );
    this.isDead = rowCount === 1;
  }
}

describe('a worker killed at a random statement, 50 times', () => {
  it(
    'leaves no half event and no half count, and what is done again gives the clean vault',
    async () => {
      const database = await copyDatabase(landed);
      const { pool } = database;
      const random = new Random(5);
      const order = shuffled(requests, random);
      // What a whole run of either kind executes, so that every statement may be the last.
      const executed = async (work: (doomed: pg.Pool) => Promise<void>) => {
        const observer = new Executioner(database, Number.POSITIVE_INFINITY, false);
        expect(await observer.run(work)).toBe(true);
        return observer.statements;
      };
      const ofLoad = await executed((doomed) => carry(doomed, order.splice(0, 4)));
      expect(ofLoad).toBeGreaterThan(25);

      let kills = 0;
      const doom = async (work: (doomed: pg.Pool) => Promise<void>, statements: number) => {
        const executioner = new Executioner(database, random.between(1, statements), random.chance(0.5));
        const isWhole = await executioner.run(work);
        kills += executioner.isDead ? 1 : 0;
        await expectNoHalves(pool);
        return isWhole;
      };
      while (kills < KILLS - 10) {
        const batch = order.slice(0, random.between(2, 6));
        await doom((doomed) => carry(doomed, batch), ofLoad);
        if (random.chance(0.6)) await carry(pool, order.splice(0, 4));
      }
      while ((await waiting(pool)).length > 0) await carry(pool, await waiting(pool));
      while (kills < KILLS) await doom((doomed) => takeSnapshots(doomed, silent, end), 20);
      await finish(pool);
      await expectNoHalves(pool);
      expect(dumpDifferences(clean, await dumpVault(pool))).toEqual([]);
      await database.drop();
    },
    LONG,
  );
});
