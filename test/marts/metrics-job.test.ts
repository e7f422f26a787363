import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { balanceLedger } from '../../lambdas/lifecycle/ledger.ts';
import { refreshMetrics } from '../../lambdas/lifecycle/metrics.ts';
import { changeSettings } from '../../lambdas/tenancy/tenants.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { ago, dayAgo } from './fixture.ts';
import { click, metricsIn } from './metrics-ground.ts';

let database: TestDatabase;
let shop: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  shop = await createTenant(database.pool, crypto.randomUUID());
});

const { countedUntil, publish, refresh, recompute, restatementsOf, daysOf } = metricsIn(() => database);

describe('a day that is marked while it is calculated', () => {
  /** A client that holds something until its work is done. */
  async function holding(statement: string, values: readonly unknown[], work: () => Promise<unknown>) {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(statement, [...values]);
      const waiting = work();
      // Long enough for the work to come as far as it can.
      await sleep(300);
      await client.query('COMMIT');
      await waiting;
    } finally {
      client.release();
    }
  }
  const marks = async () => {
    const { rows } = await database.pool.query(
      'SELECT FROM analytics.stale_day_causes AS cause LEFT JOIN analytics.stale_metric_days AS stale USING (metric_date)',
    );
    return rows.length;
  };
  const newYork = "UPDATE auth.sites SET time_zone = 'America/New_York' WHERE tenant_hk = $1";
  const inNewYork = () => [
    { site: 'main', day: dayAgo(24), events: 1 },
    { site: 'main', day: dayAgo(23), events: 1 },
  ];
  beforeEach(async () => {
    await shop.track([click(ago(23, '01:00:00'), 'a'), click(ago(23, '12:00:00'), 'b')]);
    await refresh();
    await publish();
    // Both days are marked, and that of the events will be written.
    await database.pool.query(`SELECT analytics.mark_stale_days($1, ARRAY[$2::date, $3::date], 'erasure')`, [
      shop.tenantHk,
      dayAgo(24),
      dayAgo(23),
    ]);
    await database.pool.query(
      'UPDATE analytics.daily_site_metrics SET total_events = 9 WHERE tenant_hk = $1',
      [shop.tenantHk],
    );
  });

  it('is calculated again: what the mark stands for came too late', async () => {
    let marking: Promise<unknown> | undefined;
    await holding(
      'SELECT FROM analytics.daily_site_metrics WHERE tenant_hk = $1 FOR UPDATE',
      [shop.tenantHk],
      async () => {
        const refreshing = refresh();
        await sleep(150);
        marking = database.pool.query(newYork, [shop.tenantHk]);
        await refreshing;
      },
    );
    await marking;
    await refresh();
    expect(await daysOf(shop)).toEqual(inNewYork());
    expect((await restatementsOf(shop)).map(({ reasons }) => reasons)).toEqual([['erasure'], ['time_zone']]);
    expect(await marks()).toBe(0);
  });

  it('is calculated when the mark is committed, if the mark came first', async () => {
    await holding(newYork, [shop.tenantHk], refresh);
    expect(await daysOf(shop)).toEqual(inNewYork());
    expect(await marks()).toBe(0);
  });
});

describe('what one tenant has recalculated', () => {
  it('brings back no day that retention has taken from another, nor one that the tenant keeps no more', async () => {
    const other = await createTenant(database.pool, crypto.randomUUID());
    for (const tenant of [shop, other])
      await tenant.track([click(ago(26, '10:00:00'), 'a'), click(ago(25, '10:00:00'), 'a')]);
    await refresh();
    await publish();
    await changeSettings(database.pool, other, { marts_retention_days: 25 });
    await database.pool.query(
      'DELETE FROM analytics.daily_site_metrics WHERE tenant_hk = $1 OR metric_date = $2',
      [shop.tenantHk, dayAgo(26)],
    );
    await other.track([click(ago(26, '10:00:10'), 'a'), click(ago(25, '10:00:10'), 'a')]);
    await refresh();
    expect(await daysOf(shop)).toEqual([]);
    expect(await daysOf(other)).toEqual([{ site: 'main', day: dayAgo(25), events: 2 }]);
    for (const day of [26, 25]) await recompute(dayAgo(day));
    expect(await daysOf(other)).toEqual([{ site: 'main', day: dayAgo(25), events: 2 }]);
  });
});

it('a day that was published for one tenant while it was still to be counted for another is restated for the first', async () => {
  const other = await createTenant(database.pool, crypto.randomUUID());
  for (const tenant of [shop, other]) await tenant.track([click(ago(22, '10:00:00'), 'a')]);
  await refresh();
  for (const tenant of [shop, other]) await tenant.track([click(ago(22, '10:00:10'), 'a')]);
  const mark = async (tenant: typeof shop, publishedUntil: string) => {
    await countedUntil(publishedUntil);
    await database.pool.query(`SELECT analytics.mark_stale_days($1, ARRAY[$2::date], 'erasure')`, [
      tenant.tenantHk,
      dayAgo(22),
    ]);
  };
  await mark(other, ago(22, '12:00:00'));
  await mark(shop, ago(20, '00:00:00'));
  await database.pool.query('SELECT analytics.refresh_stale_day()');
  expect(await restatementsOf(other)).toEqual([]);
  expect(await restatementsOf(shop)).toMatchObject([
    { before: { total_events: 1 }, after: { total_events: 2 } },
  ]);
});

describe('a run of the job', () => {
  it('takes as long as its invocation may, whatever the server allows a statement', async () => {
    const hurried = new pg.Pool({ connectionString: database.url, options: '-c statement_timeout=100' });
    const holder = await database.pool.connect();
    try {
      await holder.query('BEGIN');
      for (const work of ['analytics.daily_site_metrics', 'raw.ledger_days'])
        await holder.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [work]);
      const runs = Promise.all([refreshMetrics(hurried, silent), balanceLedger(hurried, silent)]);
      await sleep(300);
      await holder.query('COMMIT');
      await runs;
    } finally {
      holder.release();
      await hurried.end();
    }
  });

  it('keeps every day that it has calculated when a later one fails', async () => {
    await shop.track([click(ago(28, '10:00:00'), 'a'), click(ago(27, '10:00:00'), 'a')]);
    await database.pool.query(
      `ALTER TABLE analytics.daily_site_metrics ADD CONSTRAINT broken CHECK (metric_date <> '${dayAgo(28)}') NOT VALID`,
    );
    await expect(refresh()).rejects.toThrow('broken');
    expect(await daysOf(shop)).toEqual([{ site: 'main', day: dayAgo(27), events: 1 }]);
    await database.pool.query('ALTER TABLE analytics.daily_site_metrics DROP CONSTRAINT broken');
    await refresh();
    expect(await daysOf(shop)).toHaveLength(2);
  });
});
