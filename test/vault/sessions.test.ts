import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Random } from '../../cli/sample/random.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';

let database: TestDatabase;
let tenants = 0;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

type Tenant = Awaited<ReturnType<typeof createTenant>>;
const newTenant = (): Promise<Tenant> => {
  tenants += 1;
  return createTenant(database.pool, `tenant-${tenants}`);
};

const MINUTE = 60_000;
/** Midnight of a day that is over everywhere. */
const DAY_BEGINS = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 3 * 86_400_000;
const clock = (time: string): number => Date.parse(`1970-01-01T${time}Z`) + DAY_BEGINS;
const atFive = clock('17:00');

interface Load {
  readonly at: number;
  readonly visitor?: string;
  /** The address of a visitor without an id. */
  readonly address?: string;
  readonly session?: string;
}
const view = ({ at, visitor, address, session }: Load) => ({
  event_type: 'page_view',
  timestamp: new Date(at).toISOString(),
  page_url: 'https://site.example/',
  ...(visitor !== undefined && { visitor_id: visitor }),
  ...(address !== undefined && { client_ip: address }),
  ...(session !== undefined && { session_id: session }),
});
const loadsOf = (times: readonly number[], visitor: string): Load[] => times.map((at) => ({ at, visitor }));

const counts = z.object({
  hub: z.number(),
  details: z.number(),
  current: z.number(),
  linked: z.number(),
  of_visitors: z.number(),
  visitor_links: z.number(),
});

/** How many sessions the tenant has, by every way the vault has to say it. */
async function sessionCounts({ tenantHk }: Tenant): Promise<number[]> {
  const { rows } = await database.pool.query(
    `SELECT
       (SELECT count(*)::int FROM business.site_session_h WHERE tenant_hk = $1) AS hub,
       (SELECT count(*)::int FROM business.site_session_details_s AS s JOIN business.site_session_h AS h USING (site_session_hk)
        WHERE h.tenant_hk = $1 AND s.load_end_date IS NULL) AS details,
       (SELECT count(*)::int FROM business.site_session_current WHERE tenant_hk = $1) AS current,
       (SELECT count(DISTINCT site_session_hk)::int FROM business.event_session_l WHERE tenant_hk = $1) AS linked,
       (SELECT coalesce(sum(total_sessions), 0)::int FROM business.site_visitor_current WHERE tenant_hk = $1) AS of_visitors,
       (SELECT count(*)::int FROM business.session_visitor_l WHERE tenant_hk = $1) AS visitor_links`,
    [tenantHk],
  );
  return Object.values(counts.parse(rows[0]));
}
const everywhere = (sessions: number): number[] => Array.from({ length: 6 }, () => sessions);

/** Each session's events as times, in order: what the sessions are, not only how many. */
async function sessionTimes({ tenantHk }: Tenant): Promise<string[]> {
  const { rows } = await database.pool.query(
    `SELECT v.site_visitor_bk || ' ' || array_agg((extract(epoch FROM e.event_timestamp) * 1000)::bigint ORDER BY e.event_timestamp)::text AS session,
       min(s.total_events) AS total, count(*)::int AS events
     FROM business.site_event_facts AS e
     JOIN business.site_session_current AS s USING (site_session_hk)
     JOIN business.site_visitor_h AS v ON v.site_visitor_hk = e.site_visitor_hk
     WHERE e.tenant_hk = $1 GROUP BY e.site_session_hk, v.site_visitor_bk`,
    [tenantHk],
  );
  return z
    .array(z.object({ session: z.string(), total: z.number(), events: z.number() }))
    .parse(rows)
    .map(({ session, total, events }) => {
      expect(total, 'the events that the session counts are those linked to it').toBe(events);
      return session;
    })
    .sort();
}

const closeAll = () => takeSnapshots(database.pool, silent, new Date());

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Every way to cut a row of things into parts. */
function splits(length: number): number[][] {
  if (length === 0) return [[]];
  return Array.from({ length }, (_, n) => n + 1).flatMap((size) =>
    splits(length - size).map((rest) => [size, ...rest]),
  );
}

const cases = [
  { loads: 'page loads at 10:59 and 11:00', times: ['10:59', '11:00'], sessions: 1 },
  { loads: 'page loads at 10:01 and 10:59', times: ['10:01', '10:59'], sessions: 2 },
  { loads: 'continuous loads from 10:50 to 11:30', times: ['10:50', '11:02', '11:15', '11:30'], sessions: 1 },
  { loads: 'page loads at 10:05 and 10:55', times: ['10:05', '10:55'], sessions: 2 },
].map(({ times, ...rest }) => ({ ...rest, times: times.map(clock) }));

describe.each([
  { identity: 'the visitor has an id', who: (n: number) => ({ visitor: `v-${n}` }) },
  { identity: 'the connection stands for the visitor', who: (n: number) => ({ address: `198.18.0.${n}` }) },
])('when $identity', ({ who }) => {
  /** The loads once for each of so many visitors. */
  const visitors = (count: number, order: (n: number) => readonly number[]): Load[][] =>
    Array.from({ length: count }, (_, n) => order(n).map((at) => ({ at, ...who(n) })));

  describe.each(cases)('$loads are $sessions', ({ times, sessions }) => {
    const orders = permutations(times);

    it('in one request', async () => {
      const tenant = await newTenant();
      await tenant.track(
        visitors(1, () => times)
          .flat()
          .map(view),
      );
      expect(await sessionCounts(tenant)).toEqual(everywhere(sessions));
    });

    it.each(splits(times.length).map((split) => ({ split })))(
      'in every order, split over requests as $split',
      async ({ split }) => {
        const tenant = await newTenant();
        const waiting = visitors(orders.length, (n) => orders[n] ?? []);
        for (const size of split)
          await tenant.track(waiting.flatMap((loads) => loads.splice(0, size)).map(view));
        expect(await sessionCounts(tenant)).toEqual(everywhere(sessions * orders.length));
      },
    );

    it('when any of them comes late, after the others’ sessions were closed and snapshotted', async () => {
      const tenant = await newTenant();
      const all = visitors(times.length, () => times);
      await tenant.track(all.flatMap((loads, n) => loads.filter((_, index) => index !== n)).map(view));
      await closeAll();
      await tenant.track(all.flatMap((loads, n) => loads.slice(n, n + 1)).map(view));
      expect(await sessionCounts(tenant)).toEqual(everywhere(sessions * times.length));
      await closeAll();
      expect(await sessionCounts(tenant)).toEqual(everywhere(sessions * times.length));
    });

    it('staged and loaded together from requests of one load each', async () => {
      const tenant = await newTenant();
      const landings = [];
      for (const load of visitors(1, () => times)
        .flat()
        .toReversed())
        landings.push(await tenant.land([view(load)]));
      const requests = landings.flatMap(({ pending }) => pending.map(({ requestId }) => requestId));
      await tenant.load(await tenant.stage(requests));
      expect(await sessionCounts(tenant)).toEqual(everywhere(sessions));
    });
  });
});

describe('the silence that ends a session', () => {
  it.each([
    { gap: 30 * MINUTE, sessions: 2 },
    { gap: 30 * MINUTE - 1, sessions: 1 },
    { gap: 30 * MINUTE + 1, sessions: 2 },
  ])(
    'of $gap ms between two loads makes $sessions, wherever they lie in the half hour and in either order',
    async ({ gap, sessions }) => {
      const tenant = await newTenant();
      const pairs = [0, 1, 29 * MINUTE, 30 * MINUTE - 1].flatMap((start, n) => {
        const pair = [atFive + start, atFive + start + gap];
        return [loadsOf(pair, `onward-${n}`), loadsOf(pair.toReversed(), `backward-${n}`)];
      });
      for (const n of [0, 1]) await tenant.track(pairs.flatMap((pair) => pair.slice(n, n + 1)).map(view));
      expect(await sessionCounts(tenant)).toEqual(everywhere(sessions * pairs.length));
    },
  );

  it('is filled by a late event: two closed sessions become one, with the events of both', async () => {
    const tenant = await newTenant();
    const [first, late, last] = [atFive, atFive + 25 * MINUTE, atFive + 50 * MINUTE];
    await tenant.track(loadsOf([first, last], 'v').map(view));
    await closeAll();
    expect(await sessionCounts(tenant)).toEqual(everywhere(2));
    await tenant.track(loadsOf([late], 'v').map(view));
    expect(await sessionTimes(tenant)).toEqual([`v {${first},${late},${last}}`]);
    await closeAll();
    expect(await sessionTimes(tenant)).toEqual([`v {${first},${late},${last}}`]);
    expect(await sessionCounts(tenant)).toEqual(everywhere(1));
  });

  it('is the same at midnight, at the turn of a month and of a year', async () => {
    const tenant = await newTenant();
    const turns = ['2025-03-15T00:00:00Z', '2025-05-01T00:00:00Z', '2025-01-01T00:00:00Z'].map(Date.parse);
    await tenant.track(turns.map((at, n) => view({ at: at + 5 * MINUTE, visitor: `v-${n}` })));
    await tenant.track(turns.map((at, n) => view({ at: at - 10 * MINUTE, visitor: `v-${n}` })));
    expect(await sessionCounts(tenant)).toEqual(everywhere(turns.length));
  });
});

describe('a session that the client names', () => {
  it('is honoured over any silence, and its id is its business key', async () => {
    const tenant = await newTenant();
    const loads = [0, 10, 300].map((minutes) => ({
      at: atFive + minutes * MINUTE,
      visitor: 'v',
      session: 'mine',
    }));
    for (const load of loads.toReversed()) await tenant.track([view(load)]);
    expect(await sessionCounts(tenant)).toEqual(everywhere(1));
    const { rows } = await database.pool.query(
      'SELECT site_session_bk FROM business.site_session_h WHERE tenant_hk = $1',
      [tenant.tenantHk],
    );
    expect(rows).toEqual([{ site_session_bk: 'mine' }]);
  });

  it('is one for each name, however close, beside the visitor’s unnamed session', async () => {
    const tenant = await newTenant();
    await tenant.track(
      [
        { at: atFive, visitor: 'v', session: 'a' },
        { at: atFive + 1, visitor: 'v', session: 'b' },
        { at: atFive + 2, visitor: 'v' },
      ].map(view),
    );
    expect(await sessionCounts(tenant)).toEqual(everywhere(3));
  });

  it('is another one under another tenant', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    for (const tenant of [one, other])
      await tenant.track([view({ at: atFive, visitor: 'v', session: 'shared' })]);
    expect(await sessionCounts(one)).toEqual(everywhere(1));
    expect(await sessionCounts(other)).toEqual(everywhere(1));
  });

  it('counts for each of its visitors', async () => {
    const tenant = await newTenant();
    await tenant.track(
      ['v', 'w', 'v'].map((visitor, n) => view({ at: atFive + n, visitor, session: 'shared' })),
    );
    const [hub, details, current, linked, ofVisitors, visitorLinks] = await sessionCounts(tenant);
    expect([hub, details, current, linked]).toEqual([1, 1, 1, 1]);
    expect([ofVisitors, visitorLinks]).toEqual([2, 2]);
  });
});

/** Gaps and islands: what the sessions of some loads are, by definition. */
function islands(loads: readonly Load[]): string[] {
  const ofVisitors = Map.groupBy(loads, ({ visitor }) => visitor ?? '');
  return [...ofVisitors]
    .flatMap(([visitor, own]) => {
      const times = own.map(({ at }) => at).sort((a, b) => a - b);
      const begins = times.flatMap((at, index) =>
        index === 0 || at - (times[index - 1] ?? 0) >= 30 * MINUTE ? [index] : [],
      );
      return begins.map((from, index) => `${visitor} {${times.slice(from, begins[index + 1]).join(',')}}`);
    })
    .sort();
}

/** Loads of a few visitors, dense enough that chains form, with gaps at and around the half hour. */
function randomLoads(random: Random): Load[] {
  const visitors = ['v', 'w', 'x'].slice(0, random.between(1, 3));
  return visitors.flatMap((visitor) => {
    let at = atFive + random.between(0, 59) * MINUTE;
    return Array.from({ length: random.between(1, 12) }, () => {
      at += random.pick([
        0,
        1_000,
        7 * MINUTE,
        29 * MINUTE,
        30 * MINUTE - 1,
        30 * MINUTE,
        31 * MINUTE,
        80 * MINUTE,
      ]);
      return { at, visitor };
    });
  });
}

describe('sessions of random loads that arrive in any order, with closing and snapshots at any moment', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => seed))(
    'are the islands between the gaps (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      const tenant = await newTenant();
      const loads = randomLoads(random);
      const waiting = loads
        .map((load) => ({ load, place: random.next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ load }) => load);
      const arrived: Load[] = [];
      while (waiting.length > 0) {
        const batch = waiting.splice(0, random.between(1, 6));
        // Equal loads in one request are told apart by their place in it; in two requests by an id of their own.
        await tenant.track(
          batch.map((load, n) => ({ ...view(load), event_id: `${seed}-${arrived.length + n}` })),
        );
        arrived.push(...batch);
        expect(await sessionTimes(tenant)).toEqual(islands(arrived));
        if (random.chance(0.4)) {
          const asOf = random.chance(0.5) ? new Date() : new Date(atFive + random.between(0, 500) * MINUTE);
          await takeSnapshots(database.pool, silent, asOf);
          expect(await sessionTimes(tenant)).toEqual(islands(arrived));
        }
      }
      expect(await sessionCounts(tenant)).toEqual(everywhere(islands(loads).length));
    },
    60_000,
  );
});
