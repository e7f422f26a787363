import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { ago, closeSessions, inAnalytics, page, plain, view, visitShop } from './fixture.ts';

/** The columns of the analytics schema's documentation, in their order. */
const documented = {
  events_log:
    'id event_id event_type session_id visitor_id site_id timestamp url path user_agent ip_address raw_event_data created_at processed_at',
  user_sessions:
    'session_id visitor_id site_id session_start session_end duration_seconds pageview_count event_count bounce entry_url entry_path entry_title exit_url exit_path utm_source utm_medium utm_campaign utm_content utm_term referrer_type referrer_platform original_referrer user_agent browser_language timezone screen_width screen_height viewport_width viewport_height device_pixel_ratio',
  pageviews:
    'id session_id visitor_id site_id url path title query_params hash_fragment view_timestamp time_on_page_seconds referrer internal_referrer utm_source utm_medium utm_campaign utm_content utm_term',
  user_events:
    'id session_id visitor_id site_id event_type event_timestamp page_url page_path event_data element_tag element_classes element_id scroll_percentage form_id',
  form_submissions:
    'id session_id visitor_id site_id form_id form_action form_method page_url page_path submit_timestamp field_count form_data',
  daily_site_metrics:
    'id site_id metric_date unique_visitors total_sessions total_pageviews bounce_rate avg_session_duration_seconds avg_pages_per_session total_events direct_sessions search_sessions social_sessions referral_sessions',
  page_performance: 'site_id path total_views avg_time_on_page unique_sessions bounce_rate',
  traffic_sources:
    'site_id referrer_type sessions unique_visitors avg_session_duration avg_pages_per_session',
};
/** What each of its types may be here: wider, never of another kind. */
const compatible: Readonly<Record<string, RegExp>> = {
  id: /^bigint$/,
  event_id: /^uuid$/,
  raw_event_data: /^jsonb$/,
  event_data: /^jsonb$/,
  form_data: /^jsonb$/,
  ip_address: /^inet$/,
  bounce: /^boolean$/,
  internal_referrer: /^boolean$/,
  metric_date: /^date$/,
};
const kinds: readonly (readonly [RegExp, RegExp])[] = [
  [/(^timestamp$|_at$|_timestamp$|^session_(start|end)$)/, /^timestamp with time zone$/],
  [
    /(_seconds$|_count$|_percentage$|_width$|_height$|^(total|unique|direct|search|social|referral)_|^sessions$)/,
    /^(integer|bigint)$/,
  ],
  [/(_rate$|^avg_|_ratio$)/, /^(numeric|integer)$/],
  [/./, /^(text|character varying)$/],
];

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

describe.each(Object.entries(documented))('%s', (relation, columns) => {
  it('has every documented column, in its order and of its kind, and says whose each row is', async () => {
    const { rows } = await database.pool.query<{ column_name: string; data_type: string }>(
      `SELECT column_name, data_type FROM information_schema.columns
       WHERE table_schema = 'analytics' AND table_name = $1 ORDER BY ordinal_position`,
      [relation],
    );
    const names = columns.split(' ');
    expect(rows.slice(0, names.length).map(({ column_name }) => column_name)).toEqual(names);
    expect(rows.slice(names.length).map(({ column_name }) => column_name)).toContain('tenant_hk');
    for (const { column_name, data_type } of rows.slice(0, names.length)) {
      const expected = compatible[column_name] ?? kinds.find(([name]) => name.test(column_name))?.[1];
      expect(data_type, column_name).toMatch(expected ?? /never/);
    }
  });
});

describe('a session', () => {
  it('says when, how much, from where to where, whence and with what', async () => {
    const rows = await ask(
      "SELECT *, NULL AS tenant_hk, NULL AS site_session_hk, NULL AS user_agent FROM user_sessions WHERE session_id = 's-1'",
    );
    expect(rows).toEqual([
      {
        session_id: 's-1',
        visitor_id: 'ann',
        site_id: 'main',
        session_start: new Date(ago(3, '10:00:00')),
        session_end: new Date(ago(3, '10:03:00')),
        duration_seconds: 180,
        pageview_count: 2,
        event_count: 4,
        bounce: false,
        entry_url: page('/products.html'),
        entry_path: '/products.html',
        entry_title: 'Products',
        exit_url: page('/contact.html?from=nav&x=1#form'),
        exit_path: '/contact.html',
        utm_source: null,
        utm_medium: null,
        utm_campaign: null,
        utm_content: null,
        utm_term: null,
        referrer_type: 'search',
        referrer_platform: 'www.google.com',
        original_referrer: 'https://www.google.com/',
        user_agent: null,
        browser_language: 'de-DE',
        timezone: 'Europe/Berlin',
        screen_width: 1920,
        screen_height: 1080,
        viewport_width: 1200,
        viewport_height: 800,
        device_pixel_ratio: 1.25,
        tenant_hk: null,
        site_session_hk: null,
        is_open: true,
      },
    ]);
  });

  it('says the same when it is closed', async () => {
    const everything = 'SELECT *, NULL AS is_open FROM user_sessions ORDER BY session_start';
    const open = await ask(everything);
    await closeSessions(database.pool);
    expect(await ask(everything)).toEqual(open);
    expect(await ask('SELECT count(*) AS open FROM user_sessions WHERE is_open')).toEqual([{ open: 0 }]);
  });

  it('that no client named is one session over the half hours, by the name of its first', async () => {
    expect(
      await ask(
        "SELECT session_id, pageview_count, duration_seconds FROM user_sessions WHERE visitor_id = 'cat'",
      ),
    ).toEqual([
      { session_id: `${ago(2, '10:30:00').slice(0, 16)}Z cat`, pageview_count: 2, duration_seconds: 75 },
    ]);
    expect(await ask("SELECT DISTINCT session_id FROM pageviews WHERE visitor_id = 'cat'")).toEqual([
      { session_id: `${ago(2, '10:30:00').slice(0, 16)}Z cat` },
    ]);
  });

  it('that came through an advertisement is of the type of the site that showed it', async () => {
    await shop.track([
      view(ago(5, '08:00:00'), '/ad.html?gclid=1', {
        session_id: 'paid',
        page_referrer: 'https://www.google.com/',
      }),
    ]);
    expect(
      await ask("SELECT referrer_type, referrer_platform FROM user_sessions WHERE session_id = 'paid'"),
    ).toEqual([{ referrer_type: 'search', referrer_platform: 'www.google.com' }]);
  });

  it('is active for 30 minutes after its last event, however long ago it began, and has no end until then', async () => {
    const live = await createTenant(database.pool, 'live');
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await live.track([
      view(minutesAgo(50), '/', { session_id: 'long' }),
      view(minutesAgo(28), '/', { session_id: 'long' }),
      view(minutesAgo(32), '/', { session_id: 'over' }),
    ]);
    expect(
      await ask(
        "SELECT session_id, session_end, pageview_count, session_age > INTERVAL '49 minutes' AS old FROM active_sessions",
        'live',
      ),
    ).toEqual([{ session_id: 'long', session_end: null, pageview_count: 2, old: true }]);
    expect(await ask('SELECT session_id FROM user_sessions WHERE session_end IS NOT NULL', 'live')).toEqual([
      { session_id: 'over' },
    ]);
  });
});

describe('a page view', () => {
  it('keeps what follows the path apart, and knows a referrer of the same site', async () => {
    expect(
      await ask(
        `SELECT session_id, url, query_params, hash_fragment, referrer, internal_referrer, title, time_on_page_seconds AS seconds, utm_campaign
         FROM pageviews WHERE path = '/contact.html' ORDER BY view_timestamp DESC`,
      ),
    ).toEqual([
      {
        session_id: 's-1',
        url: page('/contact.html?from=nav&x=1#form'),
        query_params: 'from=nav&x=1',
        hash_fragment: 'form',
        referrer: 'https://www.shop.example/products.html',
        internal_referrer: true,
        title: 'Contact',
        seconds: 120,
        utm_campaign: null,
      },
      {
        session_id: 's-4',
        url: page('/contact.html?utm_source=news&utm_medium=email&utm_campaign=spring'),
        query_params: 'utm_source=news&utm_medium=email&utm_campaign=spring',
        hash_fragment: null,
        referrer: null,
        internal_referrer: false,
        title: null,
        seconds: 30,
        utm_campaign: 'spring',
      },
    ]);
  });

  it('lasts until the next one of its session, also in a later half hour, and the last as long as something happened', async () => {
    const reader = await createTenant(database.pool, 'reader');
    await reader.track([
      view(ago(4, '10:20:00'), '/1', { visitor_id: 'r' }),
      { event_type: 'scroll', timestamp: ago(4, '10:25:00'), visitor_id: 'r' },
      // The next half hour holds no page view, the one after it does.
      { event_type: 'scroll', timestamp: ago(4, '10:40:00'), visitor_id: 'r' },
      view(ago(4, '11:05:00'), '/2', { visitor_id: 'r' }),
      { event_type: 'scroll', timestamp: ago(4, '11:05:20'), visitor_id: 'r' },
      // Another session of the same visitor.
      view(ago(4, '12:30:00'), '/3', { visitor_id: 'r' }),
    ]);
    expect(
      await ask(
        'SELECT path, time_on_page_seconds AS seconds FROM pageviews ORDER BY view_timestamp',
        'reader',
      ),
    ).toEqual([
      { path: '/1', seconds: 45 * 60 },
      { path: '/2', seconds: 20 },
      { path: '/3', seconds: null },
    ]);
    expect(
      await ask('SELECT path, avg_time_on_page AS seconds FROM page_performance ORDER BY path', 'reader'),
    ).toEqual([
      { path: '/1', seconds: 45 * 60 },
      { path: '/2', seconds: 20 },
      { path: '/3', seconds: null },
    ]);
  });
});

describe('an interaction', () => {
  it('shows its element and everything else it said', async () => {
    expect(
      await ask(
        "SELECT event_type, page_path, element_tag, element_classes, element_id, event_data ->> 'click_x' AS x FROM user_events WHERE event_type = 'click'",
      ),
    ).toEqual([
      {
        event_type: 'click',
        page_path: '/products.html',
        element_tag: 'a',
        element_classes: 'btn big',
        element_id: 'buy',
        x: 12,
      },
    ]);
  });

  it('shows how far it scrolled', async () => {
    await shop.track([
      {
        event_type: 'scroll_depth',
        timestamp: ago(6, '08:00:00'),
        session_id: 'scroll',
        scroll_percentage: 75,
      },
    ]);
    expect(await ask("SELECT scroll_percentage FROM user_events WHERE session_id = 'scroll'")).toEqual([
      { scroll_percentage: 75 },
    ]);
  });

  it('with a form is a submission with its fields, counted by the sender or here', async () => {
    expect(
      await ask(
        `SELECT session_id, form_id, form_action, form_method, page_path, field_count, form_data, submit_timestamp
         FROM form_submissions ORDER BY submit_timestamp DESC`,
      ),
    ).toEqual([
      {
        session_id: 's-1',
        form_id: 'contact',
        form_action: '/send',
        form_method: 'post',
        page_path: '/contact.html',
        field_count: 2,
        form_data: { name: '[redacted:field]', text: '[redacted:field]' },
        submit_timestamp: new Date(ago(3, '10:03:00')),
      },
      {
        session_id: 's-4',
        form_id: 'contact',
        form_action: null,
        form_method: null,
        page_path: '/contact.html',
        field_count: 7,
        form_data: null,
        submit_timestamp: new Date(ago(10, '09:00:30')),
      },
    ]);
  });
});

describe('an event', () => {
  it('of a bot stands in the log with its reason and nowhere else', async () => {
    expect(
      await ask("SELECT bot_reason IS NOT NULL AS is_bot FROM events_log WHERE visitor_id = 'crawler'"),
    ).toEqual([{ is_bot: true }]);
    for (const relation of ['pageviews', 'user_sessions', 'user_events']) {
      expect(await ask(`SELECT 1 FROM ${relation} WHERE visitor_id = 'crawler'`), relation).toEqual([]);
    }
  });

  it('has a number of its own, the same wherever it shows, and stands in one place only', async () => {
    const [log] = await ask(
      'SELECT count(*) AS events, count(DISTINCT id) AS ids, min(id) >= 0 AS positive FROM events_log WHERE bot_reason IS NULL',
    );
    const [split] = await ask(
      'SELECT count(*) AS events, count(DISTINCT id) AS ids FROM (SELECT id FROM pageviews UNION ALL SELECT id FROM user_events)',
    );
    expect(log).toMatchObject({ positive: true });
    expect(split).toEqual({ events: log?.events, ids: log?.events });
    expect(log?.ids).toBe(log?.events);
    expect(
      await ask(
        'SELECT count(*) AS forms FROM form_submissions JOIN user_events USING (id) JOIN events_log USING (id)',
      ),
    ).toEqual([{ forms: 2 }]);
  });

  it('about several items is one event, and its value counts once', async () => {
    await shop.track([
      {
        event_type: 'item_interaction',
        timestamp: ago(8, '10:00:00'),
        session_id: 'items',
        visitor_id: 'ida',
        evt_value: 9,
        items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
      },
      {
        event_type: 'transaction_step',
        evt_action: 'complete',
        evt_value: 5,
        timestamp: ago(8, '10:00:09'),
        session_id: 'items',
        visitor_id: 'ida',
        items: [{ id: 'a' }, { id: 'b' }],
      },
    ]);
    expect(
      await ask("SELECT event_count, duration_seconds FROM user_sessions WHERE session_id = 'items'"),
    ).toEqual([{ event_count: 2, duration_seconds: 9 }]);
    expect(
      await ask(
        "SELECT count(*) AS events, sum((event_data ->> 'event_value')::int) AS value FROM user_events WHERE session_id = 'items'",
      ),
    ).toEqual([{ events: 2, value: 14 }]);
  });

  it('keeps in the log the payload as it came', async () => {
    const sent = {
      event_id: '0190a0b0-c0d0-7000-8000-0000000000ff',
      event_type: 'pageview',
      timestamp: ago(9, '10:00:00'),
      url: page('/log.html'),
      odd: { nested: [1] },
    };
    await shop.track([view(ago(9, '09:00:00'), '/first.html'), sent]);
    expect(
      await ask(`SELECT raw_event_data, path, ip_address FROM events_log WHERE path = '/log.html'`),
    ).toEqual([{ raw_event_data: sent, path: '/log.html', ip_address: null }]);
  });
});

describe('the tenant that a session is set to', () => {
  it('is the only one whose marts it sees, an unknown one sees nothing', async () => {
    const relations = Object.keys(documented).filter((relation) => relation !== 'daily_site_metrics');
    for (const relation of relations) {
      const tenants = (tenantId: string) =>
        ask(
          `SELECT DISTINCT tenant_bk FROM ${relation} JOIN auth.tenant_h USING (tenant_hk) ORDER BY 1`,
          tenantId,
        );
      expect(await tenants('reader'), relation).toEqual(
        relation === 'form_submissions' ? [] : [{ tenant_bk: 'reader' }],
      );
      expect(await tenants('nobody'), relation).toEqual([]);
      expect((await tenants('')).length, relation).toBeGreaterThan(relation === 'form_submissions' ? 0 : 1);
    }
  });
});
