import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trimInvalidStaging } from '../../lambdas/lifecycle/invalid-staging.ts';
import { refreshMetrics } from '../../lambdas/lifecycle/metrics.ts';
import { ensurePartitions } from '../../lambdas/lifecycle/partitions.ts';
import { wholeScope } from '../../lambdas/lifecycle/retention/cut-offs.ts';
import { runRetention } from '../../lambdas/lifecycle/retention/retention.ts';
import { forgetSalts, makeSalts } from '../../lambdas/lifecycle/salts.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { forgetTokenUsage } from '../../lambdas/lifecycle/token-usage.ts';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const visit = (visitor: string, at: number) =>
  Array.from({ length: 4 }, (_, n) => ({
    event_id: randomUUID(),
    event_type: n === 3 ? 'purchase' : 'page_view',
    timestamp: new Date(at + n * 60_000).toISOString(),
    visitor_id: visitor,
    page_url: `https://shop.example/${n}?utm_source=mail`,
    page_title: `Page ${n}`,
    ...(n === 3 && { items: [{ item_id: 'shoe', price: 10 }] }),
  }));

it('each stage does all of its work with the rights of its own role', async () => {
  const tenant = await createTenant(database.pool, 'whole');
  const yesterday = Date.now() - 26 * 3_600_000;
  await tenant.track(visit('a', yesterday));
  // Late, and before what came first: sessions join, histories are read again.
  await tenant.track(visit('a', yesterday - 20 * 60_000));
  const contested = randomUUID();
  for (const label of ['first', 'second'])
    await tenant.track([
      { event_id: contested, event_type: 'click', label, timestamp: yesterday, visitor_id: 'a' },
    ]);
  const waiting = await tenant.land(visit('b', yesterday));

  const maintenance = database.as(databaseRoles.maintenance);
  const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
  await database.pool.query(`UPDATE raw.pending_requests SET rung_at = '-infinity'`);
  await sweep(maintenance, bells, silent, 1);
  expect(bells.LANDED.rung.map(({ requestId }) => requestId)).toEqual(
    waiting.pending.map(({ requestId }) => requestId),
  );
  await takeSnapshots(maintenance, silent, new Date());
  await database.pool.query(
    `UPDATE analytics.metrics_progress SET noted_until = CURRENT_TIMESTAMP - interval '3 hours'`,
  );
  await refreshMetrics(maintenance, silent);
  await ensurePartitions(maintenance, silent);
  await forgetSalts(maintenance, silent);
  await makeSalts(maintenance, silent, new Date());
  await trimInvalidStaging(maintenance, silent);
  await runRetention(
    {
      pool: maintenance,
      logger: silent,
      asOf: new Date(),
      timeLeft: () => Number.POSITIVE_INFINITY,
    },
    wholeScope,
  );
  await database.pool.query(
    `INSERT INTO auth.token_usage VALUES ('\\x01', now() - interval '6 minutes', 1), ('\\x01', now(), 1)`,
  );
  await forgetTokenUsage(maintenance, silent);

  const { rows } = await database.pool.query(`
    SELECT
      (SELECT count(*)::int FROM business.site_session_snapshot_s) AS sessions,
      (SELECT count(*)::int FROM staging.quarantined_events) AS quarantined,
      (SELECT sum(total_events)::int FROM analytics.daily_site_metrics) AS counted,
      (SELECT count(*)::int FROM auth.token_usage) AS windows
  `);
  expect(rows).toEqual([{ sessions: 1, quarantined: 1, counted: 9, windows: 1 }]);
});

it('a partition that maintenance makes is closed to whoever does not come through its table', async () => {
  await database.pool.query(`
    DO $$ DECLARE part text := (SELECT max(child.relname) FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
                                WHERE inhparent = 'raw.site_tracking_requests_r'::regclass);
    BEGIN EXECUTE format('DROP TABLE raw.%I', part); END $$`);
  await ensurePartitions(database.as(databaseRoles.maintenance), silent);
  const { rows } = await database.pool.query(`
    SELECT count(*)::int AS partitions, count(*) FILTER (WHERE relrowsecurity AND relforcerowsecurity)::int AS closed
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent IN ('raw.site_tracking_requests_r'::regclass, 'business.site_event_nl'::regclass)`);
  expect(rows[0]?.closed).toBe(rows[0]?.partitions);
});
