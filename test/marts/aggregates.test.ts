import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { landedEvents } from '../support/landed-events.ts';
import { mixedTraffic } from '../support/mixed-industries.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { plain } from './fixture.ts';
import { describe as describeSession, recomputeMarts, sessionsOf } from './recomputed-marts.ts';

/** 5,000 keep the run short; `MIXED_EVENTS=200000` is the full proof. */
const EVENTS = Number(process.env.MIXED_EVENTS ?? 5_000);
const TENANTS = ['mixed-a', 'mixed-b'];
const DAY = 86_400_000;
const now = new Date();
const traffic = mixedTraffic(EVENTS, 11, TENANTS, now, 250);

let database: TestDatabase;
let tenants: Map<string, Awaited<ReturnType<typeof createTenant>>>;
beforeAll(async () => {
  database = await createDatabase();
  tenants = new Map();
  for (const tenantId of TENANTS) tenants.set(tenantId, await createTenant(database.pool, tenantId));
});
afterAll(() => database.drop());

async function track(chosen: (index: number) => boolean): Promise<void> {
  for (const { tenantId, body, ...origin } of traffic.sendings.filter((_, index) => chosen(index))) {
    await tenants.get(tenantId)?.track(body, origin);
  }
}
const arrived = async () => [...(await landedEvents(database.pool, traffic.drafts)).values()].flat();
const refresh = async () => {
  for (;;) {
    const { rows } = await database.pool.query('SELECT analytics.refresh_stale_metrics() AS more');
    if (!rows[0].more) return;
  }
};
const ask = async (statement: string, sortedBy: readonly string[]) => {
  const rows = plain((await database.pool.query(statement)).rows);
  const key = (row: Record<string, unknown>) => JSON.stringify(sortedBy.map((name) => row[name]));
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
};

async function martsAgree(): Promise<void> {
  await refresh();
  const expected = recomputeMarts(await arrived());
  expect(expected.pageviews.length).toBeGreaterThan(EVENTS / 10);
  const tenant = 'JOIN auth.tenant_h AS tenant USING (tenant_hk)';
  const pageviews = await database.pool.query(
    `SELECT tenant_bk AS tenant, event_id::text, session_id, visitor_id, time_on_page_seconds AS seconds
     FROM analytics.pageviews ${tenant} ORDER BY tenant_bk COLLATE "C", event_id`,
  );
  expect(pageviews.rows).toEqual(expected.pageviews);
  const sessions = await database.pool.query(
    `SELECT tenant_bk AS tenant, session_id, (extract(epoch FROM session_start) * 1000)::float8 AS began,
       duration_seconds AS seconds, pageview_count AS views, event_count AS events, bounce
     FROM analytics.user_sessions ${tenant}`,
  );
  const bySession = (a: { tenant: string; session_id: string }, b: { tenant: string; session_id: string }) =>
    JSON.stringify([a.tenant, a.session_id]) < JSON.stringify([b.tenant, b.session_id]) ? -1 : 1;
  expect(sessions.rows.sort(bySession)).toEqual(expected.sessions);
  expect(
    await ask(
      `SELECT tenant_bk AS tenant, metric_date::text AS day, unique_visitors AS visitors, total_sessions AS sessions,
         total_pageviews AS views, bounce_rate, avg_session_duration_seconds AS seconds, avg_pages_per_session AS pages,
         total_events AS events
       FROM analytics.daily_site_metrics ${tenant}`,
      ['tenant', 'day'],
    ),
  ).toEqual(expected.days);
  expect(
    await ask(
      `SELECT tenant_bk AS tenant, path, total_views AS views, round(avg_time_on_page, 3) AS seconds,
         unique_sessions AS sessions, bounce_rate
       FROM analytics.page_performance ${tenant}`,
      ['tenant', 'path'],
    ),
  ).toEqual(expected.pages);
  expect(
    await ask(
      `SELECT tenant_bk AS tenant, sum(sessions) AS sessions FROM analytics.traffic_sources ${tenant} GROUP BY 1`,
      ['tenant'],
    ),
  ).toEqual(
    TENANTS.map((tenantId) => ({
      tenant: tenantId,
      sessions: expected.sessions.filter((session) => session.tenant === tenantId).length,
    })),
  );
  for (const tenantId of TENANTS) await analyticsAgree(tenantId);
}

/** The answer about two days in the middle of the traffic. */
async function analyticsAgree(tenantId: string): Promise<void> {
  const begin = Math.floor(now.getTime() / DAY) * DAY - 4 * DAY;
  const [dateFrom, dateTo] = [begin, begin + DAY].map((at) => new Date(at).toISOString().slice(0, 10));
  const { rows } = await database.pool.query('SELECT api.track_analytics($1::jsonb) AS answer', [
    JSON.stringify({ tenantId, dateFrom, dateTo }),
  ]);
  const ofTenant = (await arrived()).filter((event) => event.tenantId === tenantId);
  const isAsked = ({ at, botReason }: { at: number; botReason: string | null }) =>
    botReason === null && at >= begin && at < begin + 2 * DAY;
  const events = ofTenant.filter(isAsked);
  const sessions = sessionsOf(ofTenant).filter((session) => session.events.some(isAsked));
  const stepping = (action: string) =>
    sessions.filter((session) =>
      session.events.some(
        (event) => isAsked(event) && event.type === 'transaction_step' && event.action === action,
      ),
    ).length;
  const count = (type: string) => events.filter((event) => event.type === type).length;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const described = sessions.map(describeSession);
  expect(events.length).toBeGreaterThan(0);
  expect(rows[0].answer.data).toMatchObject({
    overview: {
      totalSessions: sessions.length,
      uniqueVisitors: new Set(events.map(({ visitorId }) => visitorId)).size,
      totalEvents: events.length,
      pageViews: count('page_view'),
      avgSessionDurationMinutes: expect.closeTo(mean(described.map(({ seconds }) => seconds)) / 60, 2),
      avgPagesPerSession: expect.closeTo(mean(described.map(({ views }) => views)), 2),
    },
    interactions: {
      itemInteractions: count('item_interaction'),
      contactInteractions: count('contact_interaction'),
      uniquePagesVisited: new Set(events.flatMap(({ page }) => page?.key ?? [])).size,
    },
    conversions: {
      transactionStarts: stepping('start'),
      completedTransactions: stepping('complete'),
      totalConversionValue: events.reduce((sum, { value }) => sum + (value ?? 0), 0),
    },
  });
}

describe('every mart equals a recomputation from the events of mixed industries', () => {
  it('while sessions are open', async () => {
    await track((index) => index % 5 !== 3);
    await martsAgree();
  }, 600_000);

  it('after all of them closed', async () => {
    await takeSnapshots(database.pool, silent, new Date(now.getTime() + 2 * DAY));
    await martsAgree();
  }, 600_000);

  it('after late events opened and joined sessions again', async () => {
    await track((index) => index % 5 === 3);
    await martsAgree();
    await takeSnapshots(database.pool, silent, new Date(now.getTime() + 4 * DAY));
    await martsAgree();
  }, 600_000);
});
