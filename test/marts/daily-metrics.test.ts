import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import {
  ago,
  closeSessions,
  dayAgo,
  inAnalytics,
  plain,
  view,
  visitOtherShop,
  visitShop,
} from './fixture.ts';

let database: TestDatabase;
let shop: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  shop = await createTenant(database.pool, 'shop');
  await visitShop(shop);
});
afterAll(() => database.drop());

const calculate = (from: number, to: number) =>
  inAnalytics(database.pool, `CALL calculate_daily_metrics('${dayAgo(from)}', '${dayAgo(to)}')`);

/** Everything that came until now came yesterday. */
const age = () =>
  database.pool.query(
    `UPDATE business.site_event_nl SET load_date = load_date - INTERVAL '1 day' WHERE load_date > CURRENT_TIMESTAMP - INTERVAL '1 day'`,
  );
const refresh = async (days = 1000) => {
  const { rows } = await database.pool.query<{ more: boolean }>(
    'SELECT analytics.refresh_stale_metrics($1) AS more',
    [days],
  );
  return rows[0]?.more;
};
const settle = async () => {
  while (await refresh());
};

const rowOf = async (daysAgo: number, tenantId = 'shop') => {
  const { rows } = await database.pool.query(
    `SELECT unique_visitors AS visitors, total_sessions AS sessions, total_pageviews AS views, bounce_rate AS bounce,
       avg_session_duration_seconds AS seconds, avg_pages_per_session AS pages, total_events AS events,
       direct_sessions AS direct, search_sessions AS search, social_sessions AS social, referral_sessions AS referral
     FROM analytics.daily_site_metrics JOIN auth.tenant_h USING (tenant_hk)
     WHERE tenant_bk = $1 AND metric_date = $2 AND site_id = 'main'`,
    [tenantId, dayAgo(daysAgo)],
  );
  return plain(rows)[0];
};
const everything = async () =>
  (await database.pool.query('SELECT * FROM analytics.daily_site_metrics ORDER BY id')).rows;

/** Three days ago: s-1 (4 events, 180 s, from Google) and s-2 (1 event, a bounce, from a mail); the bot counts nowhere. */
const threeDaysAgo = {
  visitors: 2,
  sessions: 2,
  views: 3,
  bounce: 0.5,
  seconds: 90,
  pages: 1.5,
  events: 5,
  direct: 0,
  search: 1,
  social: 0,
  referral: 0,
};
/** Two days ago: cat's one session of two pages and 75 s. */
const twoDaysAgo = {
  visitors: 1,
  sessions: 1,
  views: 2,
  bounce: 0,
  seconds: 75,
  pages: 2,
  events: 2,
  direct: 1,
  search: 0,
  social: 0,
  referral: 0,
};

describe('calculate_daily_metrics', () => {
  it('writes what each day had, and no row for a day without events', async () => {
    await calculate(9, 0);
    expect([await rowOf(3), await rowOf(2)]).toEqual([threeDaysAgo, twoDaysAgo]);
    expect(await everything()).toHaveLength(2);
  });

  it('leaves everything as it is when it runs again, numbers of rows included', async () => {
    const before = await everything();
    await calculate(9, 0);
    await closeSessions(database.pool);
    await calculate(9, 0);
    expect(await everything()).toEqual(before);
  });

  it('removes the row of a day that has no events any more', async () => {
    await database.pool.query(
      `INSERT INTO analytics.daily_site_metrics (tenant_hk, site_id, metric_date) VALUES ($1, 'gone', $2), ($1, 'gone', $3)`,
      [shop.tenantHk, dayAgo(3), dayAgo(20)],
    );
    await calculate(9, 0);
    const { rows } = await database.pool.query(
      "SELECT metric_date::text AS day FROM analytics.daily_site_metrics WHERE site_id = 'gone'",
    );
    // Days outside the range are not its business.
    expect(rows).toEqual([{ day: dayAgo(20) }]);
    await calculate(20, 20);
  });

  it('keeps tenants with the same sessions, visitors and pages apart', async () => {
    await visitOtherShop(await createTenant(database.pool, 'other'));
    await calculate(9, 0);
    expect([await rowOf(3), await rowOf(2)]).toEqual([threeDaysAgo, twoDaysAgo]);
    // s-1 is a bounce of 0 s from a mail, s-2 lasts 60 s and came directly.
    expect(await rowOf(3, 'other')).toEqual({
      ...threeDaysAgo,
      views: 2,
      seconds: 30,
      pages: 1,
      events: 3,
      direct: 1,
      search: 0,
    });
  });

  it.each([
    ["'2026-01-02', '2026-01-01'", /two days/],
    ["NULL, '2026-01-01'", /two days/],
    ["'2026-01-01', 'infinity'", /two days/],
    ["'2010-01-01', '2026-01-01'", /at most 3660 days/],
  ])('refuses (%s) and says what it takes', async (dates, message) => {
    await expect(inAnalytics(database.pool, `CALL calculate_daily_metrics(${dates})`)).rejects.toThrow(
      message,
    );
  });

  it('says how many days it calculated', async () => {
    const { rows } = await calculate(4, 2);
    expect(rows).toEqual([{ days_calculated: 3 }]);
  });
});

describe('a day', () => {
  it('is one of the site: its time zone decides', async () => {
    const pacific = await createTenant(database.pool, 'pacific');
    await pacific.track([
      // 20:00 and 20:30 of the day before in Los Angeles (an hour later in summer): one session of that day.
      view(ago(5, '04:00:00'), '/', { session_id: 'evening', visitor_id: 'p' }),
      view(ago(5, '04:20:00'), '/', { session_id: 'evening', visitor_id: 'p' }),
      view(ago(5, '12:00:00'), '/', { session_id: 'morning', visitor_id: 'p' }),
    ]);
    await calculate(9, 0);
    expect(await rowOf(5, 'pacific')).toMatchObject({ sessions: 2, views: 3 });
    await database.pool.query(
      "UPDATE auth.sites SET time_zone = 'America/Los_Angeles' WHERE tenant_hk = $1",
      [pacific.tenantHk],
    );
    await calculate(9, 0);
    expect(await rowOf(6, 'pacific')).toMatchObject({ visitors: 1, sessions: 1, views: 2, seconds: 1200 });
    expect(await rowOf(5, 'pacific')).toMatchObject({ visitors: 1, sessions: 1, views: 1, seconds: 0 });
  });

  it.each(['Mars/Olympus', '', 'X+99'])('cannot be one of the zone %j, which is none', async (zone) => {
    await expect(database.pool.query('UPDATE auth.sites SET time_zone = $1', [zone])).rejects.toThrow();
  });
});

describe('refresh_stale_metrics', () => {
  beforeEach(async () => {
    await age();
    await settle();
  });

  it('calculates the days of everything that ever came, when it never ran', async () => {
    await database.pool.query('TRUNCATE analytics.daily_site_metrics');
    await database.pool.query(
      "UPDATE analytics.metrics_progress SET noted_until = now() - INTERVAL '10 days'",
    );
    await settle();
    expect([await rowOf(3), await rowOf(2)]).toEqual([threeDaysAgo, twoDaysAgo]);
    expect(await rowOf(40)).toMatchObject({ sessions: 1, bounce: 1 });
  });

  it('changes the day of a late event, whose session is no bounce any more, and no other day', async () => {
    await closeSessions(database.pool);
    // A mark that would be gone if the day were calculated.
    await database.pool.query(
      'UPDATE analytics.daily_site_metrics SET total_events = 999 WHERE metric_date = $1',
      [dayAgo(2)],
    );
    await shop.track([
      { event_type: 'click', timestamp: ago(3, '11:00:40'), session_id: 's-2', visitor_id: 'bob' },
    ]);
    await settle();
    // s-2 lasts 40 s now: (180 + 40) / 2.
    expect(await rowOf(3)).toEqual({ ...threeDaysAgo, bounce: 0, seconds: 110, events: 6 });
    expect(await rowOf(2)).toMatchObject({ events: 999 });
  });

  it('changes both days when a late event joins the sessions of an evening and of the night after it', async () => {
    await shop.track([
      view(ago(15, '23:40:00'), '/', { visitor_id: 'night' }),
      view(ago(14, '00:25:00'), '/', { visitor_id: 'night' }),
    ]);
    await settle();
    expect([await rowOf(15), await rowOf(14)]).toMatchObject([
      { sessions: 1, seconds: 0 },
      { sessions: 1, seconds: 0 },
    ]);
    await age();
    await settle();
    await closeSessions(database.pool);
    await shop.track([view(ago(15, '23:58:00'), '/', { visitor_id: 'night' })]);
    await settle();
    // From 23:40 to 00:25, of the evening's day; the night keeps its view and its visitor.
    expect([await rowOf(15), await rowOf(14)]).toMatchObject([
      { sessions: 1, seconds: 2700, pages: 3, views: 2, events: 2 },
      { sessions: 0, seconds: null, pages: null, bounce: null, views: 1, events: 1, visitors: 1 },
    ]);
  });

  it('changes the day on which a session began when an event of the next day makes it longer', async () => {
    await shop.track([view(ago(13, '23:50:00'), '/', { session_id: 'midnight', visitor_id: 'mi' })]);
    await settle();
    await age();
    await settle();
    expect(await rowOf(13)).toMatchObject({ sessions: 1, seconds: 0 });
    await shop.track([view(ago(12, '01:00:00'), '/', { session_id: 'midnight', visitor_id: 'mi' })]);
    await settle();
    expect([await rowOf(13), await rowOf(12)]).toMatchObject([
      { sessions: 1, seconds: 4200 },
      { sessions: 0, views: 1 },
    ]);
  });

  it('moves a session to an earlier day when its first event comes last', async () => {
    await shop.track([view(ago(16, '09:00:00'), '/', { session_id: 'moves', visitor_id: 'mo' })]);
    await settle();
    expect(await rowOf(16)).toMatchObject({ sessions: 1 });
    await age();
    await settle();
    await shop.track([view(ago(18, '09:00:00'), '/', { session_id: 'moves', visitor_id: 'mo' })]);
    await settle();
    expect([await rowOf(18), await rowOf(16)]).toMatchObject([{ sessions: 1 }, { sessions: 0, views: 1 }]);
  });

  it('does not forget what had arrived but was not in the vault when it ran', async () => {
    const landing = await shop.land([
      view(ago(19, '09:00:00'), '/', { session_id: 'stuck', visitor_id: 'st' }),
    ]);
    const requests = landing.pending.map(({ requestId }) => requestId);
    for (const table of ['raw.pending_requests', 'raw.site_tracking_requests_r']) {
      await database.pool.query(
        `UPDATE ${table} SET received_timestamp = received_timestamp - INTERVAL '3 hours' WHERE request_id = ANY ($1)`,
        [requests],
      );
    }
    await settle();
    expect(await rowOf(19)).toBeUndefined();
    await shop.load(await shop.stage(requests));
    await settle();
    expect(await rowOf(19)).toMatchObject({ sessions: 1, views: 1 });
  });

  it('does so many days at a time, the newest first, and says that there is more', async () => {
    await shop.track([
      view(ago(21, '09:00:00'), '/', { session_id: 'older' }),
      view(ago(20, '09:00:00'), '/', { session_id: 'newer' }),
    ]);
    // The first call finds the days.
    expect([await refresh(1), await rowOf(20)]).toEqual([true, undefined]);
    // Beside yesterday's and today's, to which nothing new has come.
    while ((await rowOf(20)) === undefined) expect(await refresh(1)).toBe(true);
    expect([await rowOf(21), await rowOf(20)]).toMatchObject([undefined, { sessions: 1 }]);
    await settle();
    expect(await rowOf(21)).toMatchObject({ sessions: 1 });
  });
});
