import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Tenant } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { ask } from './ask.ts';
import { bucketsOf } from './calendar.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const reader = () => database.as(databaseRoles.reader);

/** A tenant whose site keeps the days of a zone, and one page view at each of the times. */
async function visited(tenantId: string, timeZone: string, times: readonly string[]): Promise<Tenant> {
  const { tenantHk, track } = await createTenant(database.pool, tenantId);
  await database.pool.query('UPDATE auth.sites SET time_zone = $2 WHERE tenant_hk = $1', [
    tenantHk,
    timeZone,
  ]);
  await track(
    times.map((timestamp) => ({ event_type: 'page_view', path: '/', session_id: timestamp, timestamp })),
  );
  return { tenantId, tenantHk };
}

/** What the calls over HTTP, the functions for SQL clients and the daily metrics count on a day. */
async function eventsOf(tenant: Tenant, day: string) {
  const about = { dateFrom: day, dateTo: day, site: 'main' };
  const { rows = [] } = await ask(reader(), tenant, 'events', about);
  const { rows: told } = await database.pool.query(
    "SELECT (api.track_analytics($1) #>> '{data,overview,totalEvents}')::integer AS events",
    [{ tenantId: tenant.tenantId, ...about }],
  );
  const { rows: metrics } = await database.pool.query(
    'SELECT total_events::integer AS events FROM analytics.daily_site_metrics WHERE tenant_hk = $1 AND metric_date = $2',
    [tenant.tenantHk, day],
  );
  return { http: rows[0]?.events ?? 0, sql: told[0]?.events, metrics: metrics[0]?.events ?? 0 };
}

describe('a day on which clocks go back over midnight', () => {
  it.each([
    ['Atlantic/Azores', '2025-10-25', '2025-10-26', ['2025-10-25T23:30:00Z'], '2025-10-26T00:30:00Z'],
    ['America/Havana', '2025-11-01', '2025-11-02', ['2025-11-02T03:30:00Z'], '2025-11-02T04:30:00Z'],
  ])(
    'in %s has its first hour over HTTP, in SQL and in the daily metrics',
    async (timeZone, before, day, evening, first) => {
      const again = new Date(Date.parse(first) + 3_600_000).toISOString();
      const tenant = await visited(timeZone.replace('/', '.'), timeZone, [...evening, first, again]);
      await database.pool.query(
        "UPDATE business.site_event_nl SET load_date = load_date - INTERVAL '1 day' WHERE tenant_hk = $1",
        [tenant.tenantHk],
      );
      await database.pool.query(`CALL analytics.calculate_daily_metrics('${before}', '${day}')`);
      expect(await eventsOf(tenant, before)).toEqual({ http: 1, sql: 1, metrics: 1 });
      expect(await eventsOf(tenant, day)).toEqual({ http: 2, sql: 2, metrics: 2 });
    },
  );
});

describe('the buckets of a time series', () => {
  let nobody: Tenant;
  beforeAll(async () => {
    nobody = { tenantId: 'nobody', tenantHk: (await createTenant(database.pool, 'nobody')).tenantHk };
  });

  it.each([
    ['Atlantic/Azores', '2025-10-25', '2025-10-27'],
    ['Atlantic/Azores', '2025-03-29', '2025-03-31'],
    ['America/Havana', '2025-11-01', '2025-11-03'],
    ['America/Santiago', '2025-09-06', '2025-09-08'],
    ['Asia/Beirut', '2025-10-25', '2025-10-27'],
    ['Pacific/Apia', '2011-12-29', '2011-12-31'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30'],
    ['Pacific/Apia', '2011-12-30', '2011-12-31'],
    ['Pacific/Apia', '2011-12-29', '2011-12-30'],
  ])(
    'are in %s from %s to %s the days and hours that its clocks showed, each once',
    async (timeZone, from, to) => {
      for (const granularity of ['hour', 'day', 'week', 'month'] as const) {
        const query = { timeZone, dateFrom: from, dateTo: to, granularity };
        const { rows = [] } = await ask(reader(), nobody, 'timeseries', query);
        const shown = bucketsOf(timeZone, from, to, granularity).map(({ name }) => name);
        expect(
          rows.map(({ bucket }) => bucket),
          granularity,
        ).toEqual(shown);
      }
    },
  );
});
