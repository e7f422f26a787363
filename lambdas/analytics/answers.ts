import * as z from 'zod';

const count = z.int().nonnegative();
const percent = z.number().min(0).max(100);
const seconds = z.number().nonnegative();
const text = z.string().nullable();
const value = z.number();
const instant = z.iso.datetime({ offset: true });

/** What is counted for any set of events: the events themselves, and the sessions and visitors they are of. */
const metrics = {
  visitors: count,
  sessions: count,
  pageviews: count,
  events: count,
  bounceRate: percent,
  avgSessionSeconds: seconds,
  pagesPerSession: z.number().nonnegative(),
  conversions: count,
  conversionRate: percent,
  conversionValue: value,
};
const { pagesPerSession: _pages, conversionRate: _rate, ...breakdown } = metrics;

/** The rows of each question's main list; the names of the members are those of the columns in CSV, in this order. */
export const rows = {
  timeseries: z.object({ bucket: instant, ...metrics }),
  pages: z.object({
    page: text,
    pageviews: count,
    visitors: count,
    sessions: count,
    entries: count,
    exits: count,
    avgSecondsOnPage: seconds.nullable(),
    bounceRate: percent,
  }),
  sources: z.object({ channel: text, source: text, campaign: text, ...breakdown }),
  devices: z.object({ name: z.string(), ...breakdown }),
  events: z.object({ event: z.string(), events: count, visitors: count, sessions: count, value }),
  sessions: z.object({
    sessionId: z.string(),
    visitorId: z.string(),
    site: z.string(),
    start: instant,
    end: instant,
    seconds,
    pageViews: count,
    events: count,
    bounce: z.boolean(),
    entryPath: text,
    exitPath: text,
    channel: text,
    source: text,
    campaign: text,
    device: text,
    browser: text,
    os: text,
    converted: z.boolean(),
    conversionValue: value,
  }),
  items: z.object({
    item: z.string(),
    name: z.string(),
    type: z.string(),
    interactions: count,
    visitors: count,
    sessions: count,
    conversions: count,
    value,
  }),
  funnel: z.object({
    step: z.string(),
    sessions: count,
    fromPrevious: percent,
    fromFirst: percent,
  }),
  paths: z.object({ path: z.array(z.string()), sessions: count }),
  retention: z.object({
    cohort: z.iso.date(),
    cohortVisitors: count,
    period: count,
    visitors: count,
    percentage: percent,
  }),
  live: z.object({ minute: instant, events: count, pageviews: count }),
};

const totals = z.object(metrics);

const overview = z.object({
  overview: z.object({
    totalSessions: count,
    uniqueVisitors: count,
    totalEvents: count,
    pageViews: count,
    avgSessionDurationMinutes: z.number().nonnegative(),
    avgPagesPerSession: z.number().nonnegative(),
  }),
  interactions: z.object({
    itemInteractions: count,
    contactInteractions: count,
    uniquePagesVisited: count,
  }),
  conversions: z.object({
    transactionStarts: count,
    completedTransactions: count,
    totalConversionValue: value,
    conversionRate: percent,
  }),
  topItems: z.array(z.object({ item_name: z.string(), interactions: count, conversion_value: value })),
  conversionFunnel: z.object({
    funnel_start: count,
    funnel_progress: count,
    funnel_complete: count,
    conversion_rate: percent,
  }),
});

const live = z.object({
  visitors: count,
  sessions: count,
  pageviews: count,
  events: count,
  /** When the newest of these events arrived; null when there are none. */
  newestArrival: instant.nullable(),
  pages: z.array(z.object({ page: text, pageviews: count, visitors: count })),
  sources: z.array(z.object({ channel: text, source: text, sessions: count })),
  rows: z.array(rows.live),
});

/** What a question is answered with for one range of time, without the range and the metadata. */
export const results = {
  overview,
  timeseries: z.object({ totals, rows: z.array(rows.timeseries) }),
  pages: z.object({ rows: z.array(rows.pages) }),
  sources: z.object({ rows: z.array(rows.sources) }),
  devices: z.object({ rows: z.array(rows.devices) }),
  events: z.object({ rows: z.array(rows.events) }),
  sessions: z.object({ rows: z.array(rows.sessions) }),
  items: z.object({ rows: z.array(rows.items) }),
  funnel: z.object({ rows: z.array(rows.funnel) }),
  paths: z.object({ rows: z.array(rows.paths) }),
  retention: z.object({ rows: z.array(rows.retention) }),
  live,
};

export type Topic = keyof typeof results;
export const topics: readonly Topic[] = [
  'overview',
  'timeseries',
  'pages',
  'sources',
  'devices',
  'events',
  'sessions',
  'items',
  'funnel',
  'paths',
  'retention',
  'live',
];

const dateRange = z.object({ from: z.iso.date(), to: z.iso.date() });

const metadata = z.object({
  tenant_id: z.string(),
  site: text,
  time_zone: z.string(),
  filters: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  generated_at: instant,
  rows: count,
});

const answered = <Shape extends z.core.$ZodShape>(data: z.ZodObject<Shape>) =>
  z.object({ success: z.literal(true), data });

/** A question that is answered whole, for two ranges if asked to compare. */
const compared = <Shape extends z.core.$ZodShape>({ shape }: z.ZodObject<Shape>) =>
  answered(
    z.object({ ...shape, comparison: z.object({ ...shape, dateRange }).optional(), dateRange, metadata }),
  );

/** A question that is answered page by page; the comparison comes with the first page. */
const listed = <Shape extends z.core.$ZodShape>({ shape }: z.ZodObject<Shape>) =>
  answered(
    z.object({
      ...shape,
      nextCursor: z.string().nullable(),
      comparison: z.object({ ...shape, dateRange }).optional(),
      dateRange,
      metadata,
    }),
  );

/** The whole answer to each question in JSON. */
export const answers = {
  overview: compared(results.overview),
  timeseries: compared(results.timeseries),
  pages: listed(results.pages),
  sources: listed(results.sources),
  devices: listed(results.devices),
  events: listed(results.events),
  sessions: listed(results.sessions),
  items: listed(results.items),
  funnel: compared(results.funnel),
  paths: listed(results.paths),
  retention: compared(results.retention),
  live: answered(live.extend({ dateRange: z.object({ from: instant, to: instant }), metadata })),
};

export type Data = z.infer<(typeof answers)[Topic]>['data'];
