import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { closeSessions, page } from './fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  const tenant = await createTenant(database.pool, 'clinic');
  await visit(tenant, 1);
});
afterAll(() => database.drop());

const event = (
  time: string,
  session_id: string,
  visitor_id: string,
  event_type: string,
  more: object = {},
) => ({
  event_type,
  timestamp: `2024-03-${time}Z`,
  session_id,
  visitor_id,
  ...more,
});
const items = [
  { id: 'w1', name: 'Red' },
  { id: 'w2', name: 'Blue' },
];

/** Three sessions of two visitors on 10 and 11 March 2024, one before and a bot's. Values are so many times what the tests say. */
async function visit(tenant: Awaited<ReturnType<typeof createTenant>>, times: number): Promise<void> {
  await tenant.track([
    event('10T10:00:00', 'k1', 'v1', 'page_view', { page_url: page('/a'), device_type: 'mobile' }),
    event('10T10:00:30', 'k1', 'v1', 'item_interaction', {
      evt_label: 'Widget',
      evt_value: 10 * times,
      items,
      page_url: page('/a'),
    }),
    event('10T10:01:00', 'k1', 'v1', 'transaction_step', { evt_action: 'start' }),
    event('10T10:01:30', 'k1', 'v1', 'transaction_step', { evt_action: 'progress' }),
    event('10T10:02:00', 'k1', 'v1', 'transaction_step', {
      evt_action: 'complete',
      evt_value: 100 * times,
      items,
    }),
    event('10T12:00:00', 'k2', 'v2', 'page_view', {
      page_url: page('/a'),
      page_referrer: 'https://www.google.com/',
    }),
    event('10T12:00:10', 'k2', 'v2', 'transaction_step', { evt_action: 'start' }),
    event('10T12:00:20', 'k2', 'v2', 'transaction_step', { evt_action: 'start' }),
    event('10T12:05:00', 'k2', 'v2', 'contact_interaction', { evt_value: 5 * times, page_url: page('/b') }),
    event('10T12:06:00', 'k2', 'v2', 'item_interaction', { evt_value: 7 * times, items }),
    event('11T23:59:30', 'k3', 'v1', 'page_view', { page_url: page('/c') }),
    event('12T00:00:30', 'k3', 'v1', 'page_view', { page_url: page('/a') }),
    event('09T23:59:59', 'k0', 'v3', 'page_view', { page_url: page('/before') }),
  ]);
  await tenant.track([event('10T09:00:00', 'k4', 'v4', 'page_view', { page_url: page('/a') })], {
    kind: 'public',
    userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)',
  });
}

const ask = async (statement: string, parameters: unknown[], setting = '') => {
  const client = await database.pool.connect();
  try {
    await client.query("SELECT set_config('app.default_tenant_id', $1, false)", [setting]);
    const { rows } = await client.query<{ answer: Record<string, unknown> }>(statement, parameters);
    return rows[0]?.answer ?? {};
  } finally {
    client.release(true);
  }
};
const analytics = (request: unknown, setting?: string) =>
  ask('SELECT api.track_analytics($1::jsonb) AS answer', [JSON.stringify(request)], setting);
const sessions = (tenantId: string | null, options: unknown, setting?: string) =>
  ask(
    'SELECT api.get_session_analytics($1, $2::jsonb) AS answer',
    [tenantId, JSON.stringify(options)],
    setting,
  );

const march = { tenantId: 'clinic', dateFrom: '2024-03-10', dateTo: '2024-03-11' };

/**
 * 11 events of k1 (5), k2 (5) and k3 (the one before midnight). k1 lasts 120 s, k2 360 s, k3 as a whole 60 s: 180 s on average;
 * 1, 1 and 2 pages. Values 10 + 100 + 5 + 7. Two sessions start a transaction, one completes; as events 3, 1 and 1.
 * Red and Blue share the 7 of the interaction that had no label.
 */
const marchAnswer = {
  success: true,
  message: expect.any(String),
  data: {
    overview: {
      totalSessions: 3,
      uniqueVisitors: 2,
      totalEvents: 11,
      pageViews: 3,
      avgSessionDurationMinutes: 3,
      avgPagesPerSession: 1.33,
    },
    interactions: { itemInteractions: 2, contactInteractions: 1, uniquePagesVisited: 3 },
    conversions: {
      transactionStarts: 2,
      completedTransactions: 1,
      totalConversionValue: 122,
      conversionRate: 50,
    },
    topItems: [
      { item_name: 'Widget', interactions: 1, conversion_value: 10 },
      { item_name: 'Blue', interactions: 1, conversion_value: 3.5 },
      { item_name: 'Red', interactions: 1, conversion_value: 3.5 },
    ],
    conversionFunnel: { funnel_start: 3, funnel_progress: 1, funnel_complete: 1, conversion_rate: 33.33 },
    dateRange: { from: '2024-03-10', to: '2024-03-11' },
    metadata: {
      tenant_id: 'clinic',
      site: null,
      time_zone: 'UTC',
      generated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      data_freshness: 'real_time',
    },
  },
};

describe('api.track_analytics', () => {
  it('gives the whole answer worked out by hand, by the time of the events and each of them once', async () => {
    expect(await analytics(march)).toEqual(marchAnswer);
  });

  it('gives the same when the sessions are closed', async () => {
    await closeSessions(database.pool);
    expect(await analytics(march)).toEqual(marchAnswer);
  });

  it('gives the same beside a tenant with the same sessions, visitors, pages and items', async () => {
    await visit(await createTenant(database.pool, 'other'), 3);
    expect(await analytics(march)).toEqual(marchAnswer);
    expect(await analytics({ ...march, tenantId: 'other' })).toMatchObject({
      data: { overview: { totalEvents: 11 }, conversions: { totalConversionValue: 366 } },
    });
  });

  it('counts a late event where it happened, once', async () => {
    const late = await createTenant(database.pool, 'late');
    await visit(late, 1);
    await closeSessions(database.pool);
    const purchase = event('11T23:59:59', 'k3', 'v1', 'transaction_step', {
      event_id: '0190a0b0-c0d0-7000-8000-0000000000aa',
      evt_action: 'complete',
      evt_value: 8,
    });
    await late.track([purchase]);
    await late.track([purchase]);
    expect(await analytics({ ...march, tenantId: 'late' })).toMatchObject({
      data: {
        overview: { totalEvents: 12, totalSessions: 3, avgSessionDurationMinutes: 3 },
        conversions: { completedTransactions: 2, totalConversionValue: 130, conversionRate: 100 },
      },
    });
    // The day before had one event and still has.
    expect(await analytics({ tenantId: 'late', dateFrom: '2024-03-09', dateTo: '2024-03-09' })).toMatchObject(
      {
        data: { overview: { totalEvents: 1, pageViews: 1 } },
      },
    );
  });

  it('asks about one site in the days of its time zone', async () => {
    const zoned = await createTenant(database.pool, 'zoned');
    await visit(zoned, 1);
    await database.pool.query("UPDATE auth.sites SET time_zone = 'Asia/Tokyo' WHERE tenant_hk = $1", [
      zoned.tenantHk,
    ]);
    // 10 March in Tokyo begins at 15:00 of the 9th in UTC: k0 is of it; k1 and k2 as before, and k3 is of the 12th.
    expect(
      await analytics({ tenantId: 'zoned', site: 'main', dateFrom: '2024-03-10', dateTo: '2024-03-11' }),
    ).toMatchObject({
      data: {
        overview: { totalSessions: 3, totalEvents: 11, uniqueVisitors: 3 },
        metadata: { time_zone: 'Asia/Tokyo' },
      },
    });
    await database.pool.query(
      "INSERT INTO auth.sites (tenant_hk, site_id, site_name) VALUES ($1, 'empty', 'empty')",
      [zoned.tenantHk],
    );
    expect(await analytics({ ...march, tenantId: 'zoned', site: 'empty' })).toMatchObject({
      data: { overview: { totalSessions: 0, totalEvents: 0, avgSessionDurationMinutes: 0 }, topItems: [] },
    });
  });

  it('takes the session’s tenant, and the last 30 days, when it is told nothing', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const before = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10);
    expect(await analytics({}, 'clinic')).toMatchObject({
      success: true,
      data: { dateRange: { from: before, to: today }, metadata: { tenant_id: 'clinic' } },
    });
    expect(await analytics({ tenant_id: 'clinic', days: 1 }, 'other')).toMatchObject({
      data: { dateRange: { from: today, to: today }, metadata: { tenant_id: 'clinic' } },
    });
  });

  it.each([
    ['missing_tenant', {}],
    ['unknown_tenant', { tenantId: 'nobody' }],
    ['unknown_tenant', { tenantId: "clinic' OR true --" }],
    ['unknown_site', { tenantId: 'clinic', site: 'elsewhere' }],
    ['invalid_date', { tenantId: 'clinic', dateFrom: '2024-02-30' }],
    ['invalid_date', { tenantId: 'clinic', dateTo: 'tomorrow' }],
    ['invalid_date', { tenantId: 'clinic', dateFrom: 'infinity' }],
    ['invalid_date', { tenantId: 'clinic', dateFrom: '10.03.2024' }],
    ['invalid_date', { tenantId: 'clinic', dateFrom: ['2024-03-10'] }],
    ['invalid_date_range', { tenantId: 'clinic', dateFrom: '2024-03-12', dateTo: '2024-03-11' }],
    ['invalid_date_range', { tenantId: 'clinic', dateFrom: '2004-03-12', dateTo: '2024-03-11' }],
    ['invalid_days', { tenantId: 'clinic', days: 0 }],
    ['invalid_days', { tenantId: 'clinic', days: 'many' }],
    ['not_an_object', []],
    ['not_an_object', null],
    ['not_an_object', 'clinic'],
  ])('answers with %s and what to change, and nothing else: %j', async (error_code, request) => {
    const answer = await analytics(request);
    expect(answer).toEqual({ success: false, error_code, message: expect.stringMatching(/^.{20,}\.$/) });
    expect(JSON.stringify(answer)).not.toMatch(/clinic|nobody|elsewhere|ERROR|SELECT/);
  });

  it('finds another tenant’s site no more than one that is not there', async () => {
    expect(await analytics({ tenantId: 'clinic', site: 'empty' })).toMatchObject({
      error_code: 'unknown_site',
    });
  });
});

describe('api.get_session_analytics', () => {
  /** k1, k2 and k3 began in these days: 12 events, 4 pages, 540 s; k1's 110, k2's 12. */
  const sessionAnswer = {
    success: true,
    message: expect.any(String),
    data: {
      summary: {
        totalSessions: 3,
        activeSessions: 0,
        uniqueVisitors: 2,
        bounceRate: 0,
        avgSessionDurationMinutes: 3,
        avgPagesPerSession: 1.33,
        avgEventsPerSession: 4,
        convertedSessions: 1,
        conversionRate: 33.33,
        totalConversionValue: 122,
      },
      daily: [
        { date: '2024-03-10', sessions: 2, uniqueVisitors: 2, pageViews: 2 },
        { date: '2024-03-11', sessions: 1, uniqueVisitors: 1, pageViews: 2 },
        { date: '2024-03-12', sessions: 0, uniqueVisitors: 0, pageViews: 0 },
      ],
      trafficSources: [
        { source: 'direct', sessions: 2, bounceRate: 0 },
        { source: 'search', sessions: 1, bounceRate: 0 },
      ],
      entryPages: [
        { path: '/a', sessions: 2, bounceRate: 0 },
        { path: '/c', sessions: 1, bounceRate: 0 },
      ],
      devices: [
        { deviceType: 'desktop', sessions: 2 },
        { deviceType: 'mobile', sessions: 1 },
      ],
      dateRange: { from: '2024-03-10', to: '2024-03-12' },
      metadata: { ...marchAnswer.data.metadata },
    },
  };

  it('gives the whole answer worked out by hand', async () => {
    expect(await sessions('clinic', { dateFrom: '2024-03-10', dateTo: '2024-03-12' })).toEqual(sessionAnswer);
    expect(await sessions(null, { days: 3, dateTo: '2024-03-12' }, 'clinic')).toEqual(sessionAnswer);
  });

  it('says which share of the sessions bounced', async () => {
    // k0 is one view of one page.
    expect(await sessions('clinic', { dateFrom: '2024-03-09', dateTo: '2024-03-11' })).toMatchObject({
      data: {
        summary: { totalSessions: 4, bounceRate: 25 },
        entryPages: [
          { path: '/a', sessions: 2, bounceRate: 0 },
          { path: '/before', sessions: 1, bounceRate: 100 },
          { path: '/c', sessions: 1, bounceRate: 0 },
        ],
      },
    });
  });

  it('counts thirty days with today for {"days": 30}', async () => {
    const answer = await sessions('clinic', { days: 30 });
    expect(answer).toMatchObject({ success: true, data: { summary: { totalSessions: 0 }, entryPages: [] } });
    expect(JSON.stringify(answer).match(/"uniqueVisitors":0,?/g)).toHaveLength(31);
  });

  it('counts the sessions that go on', async () => {
    const live = await createTenant(database.pool, 'live');
    await live.track([
      { event_type: 'page_view', page_url: page('/'), session_id: 'now' },
      event('10T10:00:00', 'then', 'v', 'page_view', { page_url: page('/') }),
    ]);
    expect(await sessions('live', { dateFrom: '2024-03-01' })).toMatchObject({
      data: { summary: { totalSessions: 2, activeSessions: 1 } },
    });
  });

  it.each([
    ['missing_tenant', null, {}],
    ['unknown_tenant', 'nobody', {}],
    ['invalid_days', 'clinic', { days: 3661 }],
    ['not_an_object', 'clinic', 30],
  ])('answers with %s and what to change', async (error_code, tenantId, options) => {
    expect(await sessions(tenantId, options)).toEqual({
      success: false,
      error_code,
      message: expect.stringMatching(/^.{20,}\.$/),
    });
  });
});
