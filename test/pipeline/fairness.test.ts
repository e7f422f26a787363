import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { until } from '../support/stack.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const click = () => ({ event_id: randomUUID(), event_type: 'click', visitor_id: 'v', session_id: 's' });

/** Lands and stages one event, and gives the request that waits for the loader. */
async function staged(tenant: Awaited<ReturnType<typeof createTenant>>): Promise<string[]> {
  const { pending } = await tenant.land([click()]);
  return tenant.stage(pending.map(({ requestId }) => requestId));
}

const loaded = async (tenantHk: Buffer): Promise<number> => {
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS events FROM business.site_event_nl WHERE tenant_hk = $1',
    [tenantHk],
  );
  return rows[0]?.events;
};

it('T31: a tenant that two workers are busy for keeps no third from the others, and its own events wait their turn', async () => {
  const noisy = await createTenant(database.pool, 'noisy');
  const quiet = await createTenant(database.pool, 'quiet');
  const loader = database.as(databaseRoles.loader);
  const holder = await database.pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT business.lock_accumulators($1)', [noisy.tenantHk]);

  const fair = { leavesBusyTenants: true };
  const busy = [await staged(noisy), await staged(noisy)].map((ids) =>
    loadRequests(loader, silent, ids, fair),
  );
  await until('both workers wait for the noisy tenant', async () => {
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.waiting === 2;
  });

  const mine = await staged(quiet);
  const third = await staged(noisy);
  // It would wait for the noisy tenant for as long as the lock is held if it took both.
  const left = await loadRequests(loader, silent, [...mine, ...third], fair);
  expect(left).toEqual([{ requestId: third[0], tenantId: 'noisy', events: 1 }]);
  expect(await loaded(quiet.tenantHk)).toBe(1);

  await holder.query('COMMIT');
  holder.release();
  await Promise.all(busy);
  expect(await loaded(noisy.tenantHk)).toBe(2);
  expect(await loadRequests(loader, silent, third, fair)).toEqual([]);
  expect(await loaded(noisy.tenantHk)).toBe(3);
});

it('a request that is rung for at staging though it waits for the loader is announced to the loader again', async () => {
  const tenant = await createTenant(database.pool, 'again');
  const { pending } = await tenant.land([click()]);
  const ids = pending.map(({ requestId }) => requestId);
  expect(await tenant.stage(ids)).toEqual(ids);
  expect(await tenant.stage(ids)).toEqual(ids);
  await tenant.load(ids);
  expect(await tenant.stage(ids)).toEqual([]);
});
