import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mendInScope } from '../../lambdas/lifecycle/replay/scope.ts';
import { ReplaySurvey } from '../../lambdas/lifecycle/replay/survey.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { settleSite } from '../../lambdas/tenancy/sites.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { onevault } from '../support/onevault-process.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { track } from '../support/sql-api.ts';
import { ago, dayAgo, view } from './fixture.ts';
import { click, metricsIn } from './metrics-ground.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

let database: TestDatabase;
let shop: Tenant;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  shop = await createTenant(database.pool, crypto.randomUUID());
});

const { countedUntil, publish, refresh, recompute, restatementsOf, daysOf } = metricsIn(() => database);
const restatements = (tenant = shop) => restatementsOf(tenant);
/** Every row of the daily metrics as text, its number included. */
const dump = async ({ without = [] as string[] } = {}) => {
  const { rows } = await database.pool.query(
    `SELECT (to_jsonb(metric) - $1::text[])::text AS row FROM analytics.daily_site_metrics AS metric
     ORDER BY tenant_hk, site_id, metric_date`,
    [without],
  );
  return rows.map(({ row }) => row);
};
const setZone = (site: string, timeZone: string) =>
  database.pool.query('UPDATE auth.sites SET time_zone = $3 WHERE tenant_hk = $1 AND site_id = $2', [
    shop.tenantHk,
    site,
    timeZone,
  ]);
/** Sends through SQL, where an event names its site. */
const trackOn = async (site: string, event: object) => {
  await track(database.pool, { ...event, tenantId: shop.tenantId, site_id: site });
  const { rows } = await database.pool.query('SELECT request_id::text AS id FROM raw.pending_requests');
  await shop.load(await shop.stage(rows.map(({ id }) => id)));
};
describe('a late event', () => {
  it('gives a logged restatement: what changed, why, before and after', async () => {
    await shop.track([view(ago(30, '10:00:00'), '/', { visitor_id: 'a', session_id: 'of-a' })]);
    expect(await refresh()).toMatchObject({ restated: 0 });
    await publish();
    await shop.track([click(ago(30, '10:00:40'), 'a')]);
    const { restated, lines } = await refresh();
    expect(restated).toBe(1);
    expect(lines.at(-1)).toMatchObject({ message: 'metrics refreshed', facts: { changed: 1, restated: 1 } });
    expect(await restatements()).toEqual([
      {
        site: 'main',
        day: dayAgo(30),
        reasons: ['late_events'],
        before: { total_events: 1, bounce_rate: 1, avg_session_duration_seconds: 0 },
        after: { total_events: 2, bounce_rate: 0, avg_session_duration_seconds: 40 },
      },
    ]);
  });

  it('of a day that nobody had metrics of is no restatement', async () => {
    await publish();
    await shop.track([click(ago(33, '10:00:00'), 'a')]);
    await refresh();
    expect(await daysOf(shop)).toEqual([{ site: 'main', day: dayAgo(33), events: 1 }]);
    expect(await restatements()).toEqual([]);
  });

  it('is none before the day is published: until everything that came by its end is counted', async () => {
    await shop.track([click(ago(1, '10:00:00'), 'a')]);
    await refresh();
    await countedUntil(ago(1, '23:30:00'));
    await shop.track([click(ago(1, '10:00:10'), 'a')]);
    await refresh();
    expect(await restatements()).toEqual([]);
    await countedUntil(ago(0, '00:00:00'));
    await shop.track([click(ago(1, '10:00:20'), 'a')]);
    await refresh();
    expect(await restatements()).toMatchObject([{ before: { total_events: 2 }, after: { total_events: 3 } }]);
  });

  it('of many days at once has each calculated once', async () => {
    const days = Array.from({ length: 20 }, (_, index) => 60 + index);
    await shop.track(days.map((day) => click(ago(day, '10:00:00'), `of-${day}`)));
    const { lines } = await refresh();
    expect(lines.at(-1)?.facts).toMatchObject({ changed: 20, is_done: true });
    expect(lines.at(-1)?.facts.days).toBeLessThan(45);
    expect(await daysOf(shop)).toHaveLength(20);
  });

  it('of today makes the day grow and restates nothing', async () => {
    await publish();
    for (const visitor of ['a', 'b']) {
      await shop.track([click(new Date().toISOString(), visitor)]);
      await refresh();
    }
    const days = await daysOf(shop);
    expect(days.reduce((sum, { events }) => sum + events, 0)).toBe(2);
    expect(await restatements()).toEqual([]);
  });
});

describe('days of sites in two zones', () => {
  // Clocks go forward in Berlin on 29 March and back on 25 October; New York and Honolulu have other days or none.
  it.each([
    ['Europe/Berlin', 'America/New_York', '2026-03-29', '2026-03-28T23:30:00Z', '2026-03-29T04:30:00Z'],
    ['Europe/Berlin', 'America/New_York', '2026-10-25', '2026-10-24T22:30:00Z', '2026-10-25T04:30:00Z'],
    ['Pacific/Auckland', 'Pacific/Honolulu', '2026-04-05', '2026-04-04T11:30:00Z', '2026-04-05T10:30:00Z'],
  ])('%s and %s, %s: each restates its own', async (main, west, day, mainBegins, westBegins) => {
    await settleSite(database.pool, shop, { siteId: 'west', name: 'West' });
    await setZone('main', main);
    await setZone('west', west);
    const begins = { main: mainBegins, west: westBegins };
    for (const [site, at] of Object.entries(begins)) {
      await trackOn(site, click(at, `on-${site}`));
      // An hour earlier is half an hour before the day began.
      await trackOn(site, click(new Date(Date.parse(at) - 3_600_000).toISOString(), `before-${site}`));
    }
    await refresh();
    const dayBefore = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
    expect(await daysOf(shop)).toEqual(
      ['main', 'west'].flatMap((site) => [dayBefore, day].map((each) => ({ site, day: each, events: 1 }))),
    );
    await publish();
    await trackOn('main', click(mainBegins, 'late'));
    await refresh();
    expect(await restatements()).toMatchObject([
      { site: 'main', day, before: { total_events: 1 }, after: { total_events: 2 } },
    ]);
  });

  it('a site that gets another zone has its days restated, without anybody asking for it', async () => {
    await shop.track([click(ago(8, '01:00:00'), 'a'), click(ago(8, '12:00:00'), 'b')]);
    await refresh();
    await publish();
    await setZone('main', 'America/New_York');
    expect(await refresh()).toMatchObject({ restated: 1 });
    expect(await daysOf(shop)).toEqual([
      { site: 'main', day: dayAgo(9), events: 1 },
      { site: 'main', day: dayAgo(8), events: 1 },
    ]);
    expect(await restatements()).toMatchObject([
      { day: dayAgo(8), reasons: ['time_zone'], before: { total_events: 2 }, after: { total_events: 1 } },
    ]);
  });
});

describe('a day that is recomputed', () => {
  it('gives identical rows, also after they were deleted', async () => {
    await shop.track([
      view(ago(11, '10:00:00'), '/', { visitor_id: 'a', session_id: 's-1' }),
      view(ago(11, '10:01:10'), '/b', { visitor_id: 'a', session_id: 's-1' }),
      view(ago(11, '11:00:00'), '/', { visitor_id: 'b', page_referrer: 'https://www.google.com/' }),
      view(ago(10, '11:00:00'), '/', { visitor_id: 'b' }),
    ]);
    await refresh();
    await publish();
    const [before, withoutIds] = [await dump(), await dump({ without: ['id'] })];
    const { rows } = await database.pool.query(
      'SELECT DISTINCT metric_date::text AS day FROM analytics.daily_site_metrics',
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const { day } of rows) expect(await recompute(day)).toEqual({ changed: 0, restated: 0 });
    expect(await dump()).toEqual(before);
    await database.pool.query('DELETE FROM analytics.daily_site_metrics');
    for (const { day } of rows) await recompute(day);
    expect(await dump({ without: ['id'] })).toEqual(withoutIds);
    expect(await restatements()).toEqual([]);
  });

  it('and was changed by hand is restated as recomputed, of the tenant that is asked for only', async () => {
    const other = await createTenant(database.pool, crypto.randomUUID());
    for (const tenant of [shop, other]) await tenant.track([click(ago(12, '10:00:00'), 'a')]);
    await refresh();
    await publish();
    await database.pool.query(
      'UPDATE analytics.daily_site_metrics SET total_events = 99 WHERE metric_date = $1',
      [dayAgo(12)],
    );
    await database.pool.query(`SELECT analytics.mark_stale_days($1, ARRAY[$2::date], 'erasure')`, [
      other.tenantHk,
      dayAgo(12),
    ]);
    expect(await recompute(dayAgo(12), shop)).toEqual({ changed: 1, restated: 1 });
    expect(await restatements()).toEqual([
      {
        site: 'main',
        day: dayAgo(12),
        reasons: ['recomputed'],
        before: { total_events: 99 },
        after: { total_events: 1 },
      },
    ]);
    expect(await restatements(other)).toEqual([]);
    await refresh();
    expect(await restatements(other)).toMatchObject([{ reasons: ['erasure'], before: { total_events: 99 } }]);
  });

  it('and has no events any more loses its row, which the restatement keeps', async () => {
    await database.pool.query(
      `INSERT INTO analytics.daily_site_metrics (tenant_hk, site_id, metric_date, total_events) VALUES ($1, 'main', $2, 7)`,
      [shop.tenantHk, dayAgo(40)],
    );
    await publish();
    expect(await recompute(dayAgo(40))).toEqual({ changed: 1, restated: 1 });
    expect(await restatements()).toMatchObject([
      { day: dayAgo(40), before: { total_events: 7 }, after: null },
    ]);
    expect(await daysOf(shop)).toEqual([]);
  });

  it('keeps the metrics it has where the vault no longer has all its events', async () => {
    await shop.track([click(ago(50, '10:00:00'), 'a'), click(ago(49, '10:00:00'), 'a')]);
    await refresh();
    await publish();
    await database.pool.query('SELECT analytics.set_metric_horizon($1, $2)', [
      shop.tenantHk,
      ago(49, '00:00:00'),
    ]);
    await database.pool.query(
      'UPDATE analytics.daily_site_metrics SET total_events = 5 WHERE tenant_hk = $1',
      [shop.tenantHk],
    );
    for (const day of [50, 49]) await recompute(dayAgo(day));
    expect(await daysOf(shop)).toEqual([
      { site: 'main', day: dayAgo(50), events: 5 },
      { site: 'main', day: dayAgo(49), events: 1 },
    ]);
  });
});

it('a replay restates the days of what it brings into the vault', async () => {
  await shop.track([click(ago(14, '10:00:00'), 'a')]);
  const { pending } = await shop.land([click(ago(14, '10:00:20'), 'a')]);
  // Refused by rules of before.
  await database.pool.query(
    `WITH finished AS (DELETE FROM raw.pending_requests WHERE request_id = $1 RETURNING *)
     INSERT INTO staging.quarantined_events
       (tenant_id, event_id, raw_event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source)
     SELECT tenant_id, gen_random_uuid(), request_id * 1024, received_timestamp, 'STAGING', 'cannot_be_staged', '{}', '{}', 'test'
     FROM finished`,
    [pending[0]?.requestId],
  );
  await refresh();
  await countedUntil(new Date().toISOString());
  const context = {
    pool: database.pool,
    logger: silent,
    workers: 1,
    stop: new AbortController().signal,
    onProgress: () => undefined,
  };
  const scope = { tenantIds: [shop.tenantId], from: null, to: null };
  await mendInScope(context, scope, new ReplaySurvey(0));
  await refresh();
  expect(await restatements()).toMatchObject([
    { day: dayAgo(14), reasons: ['replay'], before: { total_events: 1 }, after: { total_events: 2 } },
  ]);
});

it('analysts see the restatements of the tenant they act for', async () => {
  const other = await createTenant(database.pool, crypto.randomUUID());
  for (const { tenantHk } of [shop, other]) {
    await database.pool.query(
      `INSERT INTO analytics.metric_restatements (tenant_hk, site_id, metric_date, reasons, before)
       VALUES ($1, 'main', '2026-01-01', '{erasure}', '{}')`,
      [tenantHk],
    );
  }
  const rows = await inTenant(database.as(databaseRoles.reader), shop, async (client) => {
    const { rows } = await client.query('SELECT tenant_hk FROM analytics.metric_restatements');
    return rows;
  });
  expect(rows).toEqual([{ tenant_hk: shop.tenantHk }]);
});

it('`onevault metrics` recomputes days, says what changed, and lists what was restated', async () => {
  await shop.track([click(ago(70, '10:00:00'), 'a')]);
  await refresh();
  await publish();
  await database.pool.query(
    'UPDATE analytics.daily_site_metrics SET total_events = 9 WHERE metric_date = $1',
    [dayAgo(70)],
  );
  const run = (...argv: string[]) =>
    onevault(['metrics', ...argv, '--tenant', shop.tenantId], {
      environment: { SYSTEM_DATABASE_URL: database.url },
    });
  const recomputed = await run('recompute', '--day', dayAgo(70), '--to', dayAgo(69), '--json');
  expect(recomputed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(recomputed.stdout)).toEqual([
    { day: dayAgo(70), changed: 1, restated: 1 },
    { day: dayAgo(69), changed: 0, restated: 0 },
  ]);
  const listed = await run('restatements', '--from', dayAgo(80));
  expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(listed.stdout).toContain('recomputed  total_events 9 → 1');
});
