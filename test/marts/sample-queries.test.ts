import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { ago, closeSessions, inAnalytics, plain, view, visitOtherShop, visitShop } from './fixture.ts';
import {
  calculateYesterday,
  campaigns,
  cannotRun,
  formFunnel,
  runsUnchanged,
  topPages,
  unprocessedEvents,
} from './sample-statements.ts';

let database: TestDatabase;
let shop: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  shop = await createTenant(database.pool, 'shop');
  await visitShop(shop);
});
afterAll(() => database.drop());

const ask = async (statement: string, tenantId?: string) =>
  plain((await inAnalytics(database.pool, statement, tenantId)).rows);

const answers = () => {
  // Seven days: products by ann, bob, cat, of whose 60 s, nothing and 30 s are known; contact 120 s; about 45 s.
  it('the most visited pages', async () => {
    const rows = await ask(topPages, 'shop');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toEqual({
      path: '/products.html',
      unique_visitors: 3,
      total_pageviews: 3,
      avg_time_on_page: 45,
    });
    expect(new Set(rows.slice(1))).toEqual(
      new Set([
        { path: '/contact.html', unique_visitors: 1, total_pageviews: 1, avg_time_on_page: 120 },
        { path: '/about.html', unique_visitors: 1, total_pageviews: 1, avg_time_on_page: 45 },
      ]),
    );
  });

  // Thirty days: s-1 does all three, s-2 and cat's session view products, s-4 contact and form: 2 of 4, then 2 of 2.
  it('the form funnel', async () => {
    expect(await ask(formFunnel, 'shop')).toEqual([
      {
        total_sessions: 4,
        products_viewers: 3,
        contact_viewers: 2,
        form_submitters: 2,
        contact_rate: 0.5,
        form_conversion_rate: 1,
      },
    ]);
  });

  // s-2 with 0 s, a bounce, and s-4 with 30 s.
  it('the campaigns', async () => {
    expect(await ask(campaigns, 'shop')).toEqual([
      {
        utm_source: 'news',
        utm_medium: 'email',
        utm_campaign: 'spring',
        sessions: 2,
        unique_visitors: 2,
        avg_session_duration: 15,
        avg_pages_per_session: 1,
        bounce_rate: 0.5,
      },
    ]);
  });

  // Products: 45 s on average; entered by three sessions of which one bounced. Contact: 120 s and 30 s; entered by s-4.
  it('page_performance', async () => {
    expect(
      await ask('SELECT *, NULL AS tenant_hk FROM page_performance ORDER BY path', 'shop').then((rows) =>
        rows.map(({ tenant_hk, ...row }) => row),
      ),
    ).toEqual([
      {
        site_id: 'main',
        path: '/about.html',
        total_views: 1,
        avg_time_on_page: 45,
        unique_sessions: 1,
        bounce_rate: null,
      },
      {
        site_id: 'main',
        path: '/contact.html',
        total_views: 2,
        avg_time_on_page: 75,
        unique_sessions: 2,
        bounce_rate: 0,
      },
      {
        site_id: 'main',
        path: '/products.html',
        total_views: 3,
        avg_time_on_page: 45,
        unique_sessions: 3,
        bounce_rate: 0.3333,
      },
    ]);
  });

  it('traffic_sources', async () => {
    expect(
      await ask(
        `SELECT site_id, referrer_type, sessions, unique_visitors, avg_session_duration, avg_pages_per_session
         FROM traffic_sources ORDER BY referrer_type`,
        'shop',
      ),
    ).toEqual(
      [
        // cat; s-2 and s-4; s-1.
        ['direct', 1, 1, 75, 2],
        ['email', 2, 2, 15, 1],
        ['search', 1, 1, 180, 2],
      ].map(([referrer_type, sessions, unique_visitors, avg_session_duration, avg_pages_per_session]) => ({
        site_id: 'main',
        referrer_type,
        sessions,
        unique_visitors,
        avg_session_duration,
        avg_pages_per_session,
      })),
    );
  });
};

describe(
  'a sample query on a small shop gives the answer worked out by hand: while sessions are open',
  answers,
);

describe('a sample query on a small shop gives the answer worked out by hand: when sessions are closed', () => {
  beforeAll(() => closeSessions(database.pool));
  answers();
});

describe('a sample query on a small shop gives the answer worked out by hand: beside a tenant with the same sessions and pages', () => {
  beforeAll(async () => {
    await visitOtherShop(await createTenant(database.pool, 'other'));
    await closeSessions(database.pool);
  });
  answers();

  it('and the other tenant has its own numbers', async () => {
    // s-1 views products and goes, s-2 views contact and sends the form, cat's session only looks at about.
    expect(await ask(formFunnel, 'other')).toEqual([
      {
        total_sessions: 3,
        products_viewers: 1,
        contact_viewers: 1,
        form_submitters: 1,
        contact_rate: expect.closeTo(1 / 3),
        form_conversion_rate: 1,
      },
    ]);
    expect(await ask(topPages, 'nobody')).toEqual([]);
    // Without a tenant, all of them: 3 + 1 views of products.
    const everybody = await ask(topPages);
    expect(everybody.find(({ path }) => path === '/products.html')).toMatchObject({ total_pageviews: 4 });
  });
});

describe('the sample query for delays', () => {
  it('shows events that are on their way and forgets them when they are in the vault', async () => {
    const landing = await shop.land([
      view(ago(1, '08:00:00'), '/late.html', {
        visitor_id: 'fay',
        event_id: 'on-its-way',
        event_type: 'pageview',
      }),
      { event_type: 'click', visitor_id: 'fay', timestamp: ago(1, '08:00:01') },
    ]);
    const { rows } = await database.pool.query(
      'SELECT received_timestamp FROM raw.pending_requests WHERE request_id = $1',
      [landing.pending[0]?.requestId],
    );
    const oldest_unprocessed = rows[0].received_timestamp;
    const waiting = await ask(unprocessedEvents);
    expect(new Set(waiting)).toEqual(
      new Set([
        { event_type: 'page_view', unprocessed_count: 1, oldest_unprocessed },
        { event_type: 'click', unprocessed_count: 1, oldest_unprocessed },
      ]),
    );
    const before = await ask(
      "SELECT id, event_id FROM events_log WHERE processed_at IS NULL AND event_type = 'page_view'",
    );
    await shop.load(await shop.stage(landing.pending.map(({ requestId }) => requestId)));
    expect(await ask(unprocessedEvents)).toEqual([]);
    expect(await ask(`SELECT id, event_id FROM pageviews WHERE path = '/late.html'`)).toEqual(before);
  });
});

describe('of the sample statements', () => {
  it.each(runsUnchanged)('this one runs: %s', async (statement) => {
    for (const each of statement.startsWith('ANALYZE') ? statement.split('\n') : [statement]) {
      await expect(inAnalytics(database.pool, each)).resolves.toBeDefined();
    }
  });

  it.each(cannotRun)('this one cannot, and docs/marts.md says so: %s', async (statement) => {
    await expect(inAnalytics(database.pool, statement)).rejects.toThrow();
  });

  it('the daily call calculates yesterday', async () => {
    await shop.track([view(ago(1, '09:00:00'), '/yesterday.html', { visitor_id: 'gus' })]);
    await database.pool.query('TRUNCATE analytics.daily_site_metrics');
    await inAnalytics(database.pool, calculateYesterday);
    expect(
      await ask('SELECT (metric_date - CURRENT_DATE) AS days, total_pageviews FROM daily_site_metrics'),
    ).toEqual([{ days: -1, total_pageviews: 2 }]);
  });
});
