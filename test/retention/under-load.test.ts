import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { wholeScope } from '../../lambdas/lifecycle/retention/cut-offs.ts';
import { runRetention } from '../../lambdas/lifecycle/retention/retention.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import type { Transact } from '../../lambdas/pipeline/bounded-transaction.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { onevault } from '../support/onevault-process.ts';
import { orphans } from '../support/orphans.ts';
import { silent } from '../support/pipeline.ts';
import {
  type Arrival,
  DAY,
  type GroundTenant,
  groundTenants,
  keptConflicts,
  RetentionGround,
} from '../support/retention-ground.ts';

const EVENTS = 240;
const asOf = new Date();

let database: TestDatabase;
let ground: RetentionGround;
beforeAll(async () => {
  database = await createDatabase();
  ground = await RetentionGround.make(database, asOf);
});
afterAll(() => database.drop());

async function send(arrivals: readonly Arrival[]): Promise<void> {
  for (const arrival of arrivals) await ground.load(arrival.tenant, await ground.land(arrival));
}

/** Metrics of days that one tenant keeps longer than the events they were calculated from. */
async function publishedMetrics(): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    `SELECT metric.* FROM analytics.daily_site_metrics AS metric JOIN auth.tenant_h USING (tenant_hk)
     WHERE tenant_bk = 'short' AND metric_date >= $1 AND metric_date < $2 ORDER BY metric_date`,
    ['marts' as const, 'vault' as const].map((each) => new Date(ground.cutOff('short', each))),
  );
  return rows;
}
let published: unknown[] = [];

const calculateMetrics = () =>
  database.pool.query('CALL analytics.calculate_daily_metrics($1, $2)', [
    new Date(asOf.getTime() - 8 * DAY),
    asOf,
  ]);

const run = () => runRetention(ground.context(), wholeScope, { again: true });

/** Waits until somebody waits for a lock. */
async function untilBlocked(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await sleep(20);
  }
}

describe('retention beside loading', { timeout: 120_000 }, () => {
  it('a run that is killed half-way leaves whole steps behind', async () => {
    await send([...ground.longAgo(), ...ground.edges(0), ...ground.traffic(EVENTS, 1)]);
    await takeSnapshots(database.as(databaseRoles.maintenance), silent, asOf);
    await calculateMetrics();
    published = await publishedMetrics();
    // Whom the killed run gets to in the middle of a transaction.
    const holder = await database.pool.connect();
    await holder.query('BEGIN');
    await holder.query(
      `SELECT FROM business.site_visitor_acc WHERE tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = 'long')
       ORDER BY first_event_at LIMIT 1 FOR UPDATE`,
    );
    const before = await ground.holdings('long');
    const killed = onevault(['retention', 'run', '--yes', '--class', 'vault'], {
      environment: { SYSTEM_DATABASE_URL: database.url },
      started: (child) => {
        untilBlocked().then(() => child.kill('SIGKILL'));
      },
    });
    expect((await killed).signal).toBe('SIGKILL');
    await holder.query('ROLLBACK');
    holder.release();
    expect(await ground.holdings('long')).toEqual(before);
    const { rows } = await database.pool.query(
      'SELECT completed_at IS NOT NULL AS is_completed FROM auth.retention_progress ORDER BY 1',
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some(({ is_completed }) => !is_completed)).toBe(true);
  });

  it('is resumed and runs in a loop while events arrive on every cut-off', async () => {
    let isLoading = true;
    let isLooping = true;
    let runs = 0;
    const loading = Promise.all(
      [1, 2].map(async (round) => {
        const arrivals = [...ground.edges(round), ...ground.traffic(EVENTS / 2, 1 + round)];
        const landed: (readonly [Arrival, readonly string[]])[] = [];
        for (const arrival of arrivals) landed.push([arrival, await ground.land(arrival)]);
        // What is on its way outlives whole runs.
        for (const before = runs; isLooping && runs < before + 2; ) await sleep(5);
        for (const [{ tenant }, requests] of landed) await ground.load(tenant, requests);
      }),
    ).finally(() => {
      isLoading = false;
    });
    const looping = (async () => {
      for (; isLoading; runs += 1) await run();
    })().finally(() => {
      isLooping = false;
    });
    await Promise.all([loading, looping]);
    expect(runs).toBeGreaterThan(1);
    await run();
  });

  it('waits for a load that has found a visitor of whom all other events go', async () => {
    const [expired, kept] = ground.visitor('short', 'found');
    await send([expired]);
    const staged = await ground.stage('short', await ground.land(kept));
    const [found, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // Everything is inserted by then that the event brings along, and nothing is committed.
    const pausing: Transact = (pool, work) =>
      inTransaction(pool, (client) =>
        work({
          async query(statement, values) {
            if (typeof statement === 'object' && statement.name === 'lock_accumulators') {
              found.resolve();
              await goOn.promise;
            }
            return client.query(statement, values);
          },
        }),
      );
    const loading = loadRequests(database.as(databaseRoles.loader), silent, staged, { transact: pausing });
    await found.promise;
    const running = run();
    await Promise.race([running, untilBlocked()]);
    goOn.resolve();
    await Promise.all([loading, running]);
    expect(await orphans(database.pool)).toEqual([]);
  });

  it.each(groundTenants)(
    'in the end nothing newer than its cut-off is gone and nothing older left of %s',
    async (tenant: GroundTenant) => {
      const conflicts = await keptConflicts(ground, tenant);
      expect(await ground.holdings(tenant)).toEqual(ground.expected(tenant, conflicts));
    },
  );

  it('leaves daily metrics of the days that are kept', async () => {
    const { rows } = await database.pool.query(
      `SELECT tenant_bk, min(metric_date)::text AS first_day FROM analytics.daily_site_metrics
       JOIN auth.tenant_h USING (tenant_hk) GROUP BY 1`,
    );
    const first = new Map(
      z
        .array(z.object({ tenant_bk: z.enum(groundTenants), first_day: z.string() }))
        .parse(rows)
        .map(({ tenant_bk, first_day }) => [tenant_bk, Date.parse(first_day)]),
    );
    expect(first.get('short')).toBe(ground.cutOff('short', 'marts'));
    expect(first.get('long')).toBe(ground.cutOff('long', 'marts'));
    expect(first.get('keeps')).toBeLessThan(ground.cutOff('short', 'marts'));
  });

  it('leaves daily metrics as they are whose events are gone, also when they are calculated again', async () => {
    expect(published).toHaveLength(2);
    expect(await publishedMetrics()).toEqual(published);
    await calculateMetrics();
    expect(await publishedMetrics()).toEqual(published);
  });

  it('leaves no orphan, and every check of conformance passes', async () => {
    expect(await orphans(database.pool)).toEqual([]);
    expect(await brokenChecks(database.pool)).toEqual([]);
  });

  it('still knows the ids of what is gone', async () => {
    const { pending } = await ground.resend('short', ground.expiredEvent('short'));
    expect(pending).toEqual([]);
  });
});
