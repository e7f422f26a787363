import type { Topic } from './answers.ts';

const dateRange = { from: '2026-01-01', to: '2026-01-31' };
const metadata = (rows: number) => ({
  tenant_id: 'demo',
  site: 'main',
  time_zone: 'Europe/Berlin',
  filters: {},
  generated_at: '2026-02-01T08:00:00.000Z',
  rows,
});

const breakdown = {
  visitors: 310,
  sessions: 402,
  pageviews: 1204,
  events: 1730,
  bounceRate: 38.06,
  avgSessionSeconds: 141.5,
  conversions: 12,
  conversionValue: 118_800,
};
const metrics = {
  visitors: 310,
  sessions: 402,
  pageviews: 1204,
  events: 1730,
  bounceRate: 38.06,
  avgSessionSeconds: 141.5,
  pagesPerSession: 3,
  conversions: 12,
  conversionRate: 2.99,
  conversionValue: 118_800,
};

const compared = (result: object, rows: number) => ({
  success: true,
  data: { ...result, dateRange, metadata: metadata(rows) },
});
const listed = (...rows: object[]) => ({
  success: true,
  data: { rows, nextCursor: null, dateRange, metadata: metadata(rows.length) },
});

/** An answer to each question, as the API description shows it. */
export const examples: Readonly<Record<Topic, unknown>> = {
  overview: compared(
    {
      overview: {
        totalSessions: 402,
        uniqueVisitors: 310,
        totalEvents: 1730,
        pageViews: 1204,
        avgSessionDurationMinutes: 2.36,
        avgPagesPerSession: 3,
      },
      interactions: { itemInteractions: 214, contactInteractions: 9, uniquePagesVisited: 48 },
      conversions: {
        transactionStarts: 31,
        completedTransactions: 12,
        totalConversionValue: 118_800,
        conversionRate: 38.71,
      },
      topItems: [{ item_name: 'Tent 4', interactions: 41, conversion_value: 19_900 }],
      conversionFunnel: {
        funnel_start: 33,
        funnel_progress: 20,
        funnel_complete: 12,
        conversion_rate: 36.36,
      },
    },
    1,
  ),
  timeseries: compared({ totals: metrics, rows: [{ bucket: '2026-01-01T00:00:00+01:00', ...metrics }] }, 1),
  pages: listed({
    page: '/pricing',
    pageviews: 212,
    visitors: 160,
    sessions: 171,
    entries: 64,
    exits: 58,
    avgSecondsOnPage: 42.25,
    bounceRate: 31.25,
  }),
  sources: listed({ channel: 'search', source: 'www.google.com', campaign: null, ...breakdown }),
  devices: listed({ name: 'mobile', ...breakdown }),
  events: listed({ event: 'page_view', events: 1204, visitors: 310, sessions: 399, value: 0 }),
  sessions: listed({
    sessionId: 'sess_1234567890',
    visitorId: 'visitor-17',
    site: 'main',
    start: '2026-01-31T22:10:05+01:00',
    end: '2026-01-31T22:14:41+01:00',
    seconds: 276,
    pageViews: 4,
    events: 6,
    bounce: false,
    entryPath: '/pricing',
    exitPath: '/thanks',
    channel: 'email',
    source: 'newsletter',
    campaign: 'spring',
    device: 'desktop',
    browser: 'Firefox',
    os: 'Linux',
    converted: true,
    conversionValue: 9_900,
  }),
  items: listed({
    item: 'sku-1',
    name: 'Tent 4',
    type: 'product',
    interactions: 41,
    visitors: 33,
    sessions: 36,
    conversions: 2,
    value: 19_900,
  }),
  funnel: compared(
    {
      rows: [
        { step: 'page:/pricing', sessions: 171, fromPrevious: 100, fromFirst: 100 },
        { step: 'event:form_submit', sessions: 19, fromPrevious: 11.11, fromFirst: 11.11 },
      ],
    },
    2,
  ),
  paths: listed({ path: ['/', '/pricing', '/thanks'], sessions: 14 }),
  retention: compared(
    {
      rows: [
        { cohort: '2026-01-05', cohortVisitors: 80, period: 0, visitors: 80, percentage: 100 },
        { cohort: '2026-01-05', cohortVisitors: 80, period: 1, visitors: 18, percentage: 22.5 },
      ],
    },
    2,
  ),
  live: {
    success: true,
    data: {
      visitors: 3,
      sessions: 3,
      pageviews: 7,
      events: 11,
      newestArrival: '2026-02-01T07:59:58.120Z',
      pages: [{ page: '/pricing', pageviews: 4, visitors: 2 }],
      sources: [{ channel: 'direct', source: null, sessions: 2 }],
      rows: [{ minute: '2026-02-01T07:59:00Z', events: 4, pageviews: 3 }],
      dateRange: { from: '2026-02-01T07:31:00Z', to: '2026-02-01T08:00:00Z' },
      metadata: metadata(1),
    },
  },
};
