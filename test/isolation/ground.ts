import type pg from 'pg';
import * as z from 'zod';
import { refreshMetrics } from '../../lambdas/lifecycle/metrics.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { requestJob } from '../../lambdas/visitors/visitor-jobs.ts';
import { createDatabase, loginAs, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';

export type Tenant = Awaited<ReturnType<typeof createTenant>>;

/** Where attacks are made: a database with three tenants whose visitors, sessions, events, pages and items have the same ids. */
export interface Ground {
  readonly pool: pg.Pool;
  /** Pools that are logged in as the callers' roles. */
  readonly ingest: pg.Pool;
  readonly reader: pg.Pool;
  readonly a: Tenant;
  readonly b: Tenant;
  readonly c: Tenant;
  readonly tenants: readonly [Tenant, Tenant, Tenant];
}

async function groundOf({ pool }: TestDatabase): Promise<Ground> {
  const a = await createTenant(pool, 'tenant-a');
  const b = await createTenant(pool, 'tenant-b');
  const c = await createTenant(pool, 'tenant-c');
  return {
    pool,
    ingest: loginAs(pool, databaseRoles.ingest),
    reader: loginAs(pool, databaseRoles.reader),
    a,
    b,
    c,
    tenants: [a, b, c],
  };
}

export const idOf = (id: number): string => `0190a0b0-c0d0-7000-8000-${String(id).padStart(12, '0')}`;

/** Of an event whose second payload is in the quarantine of every tenant. */
export const CONTESTED = idOf(90);
/** Of an event that no tenant has but B. */
export const OF_B_ONLY = idOf(91);
export const VISITOR = 'same-visitor';
export const VISITOR_OF_B_ONLY = 'visitor-of-b';
export const SESSION = 'same-session';
export const PAGE = 'https://same.example/same';
export const ITEM = 'same-item';

/** What a tenant's own events say of it, so that a value that strays shows whose it is. */
export const markOf = ({ tenantId }: Pick<Tenant, 'tenantId'>): string => `mark-of-${tenantId}`;

const DAY = 24 * 3_600_000;

/** The same visit in each tenant: equal ids, times and addresses; titles, labels and values are its own. */
const visit = (tenant: Tenant, began: number) =>
  Array.from({ length: 6 }, (_, n) => ({
    event_id: idOf(n + 1),
    event_type: n === 4 ? 'item_interaction' : n === 5 ? 'transaction_step' : 'page_view',
    ...(n === 5 && { evt_action: 'complete' }),
    timestamp: new Date(began + n * 60_000).toISOString(),
    visitor_id: VISITOR,
    session_id: SESSION,
    page_url: `${PAGE}/${n % 3}?utm_source=${markOf(tenant)}&utm_medium=email&utm_campaign=${markOf(tenant)}`,
    page_title: markOf(tenant),
    evt_label: markOf(tenant),
    country: markOf(tenant),
    items: n < 3 ? [] : [{ id: ITEM, name: markOf(tenant), type: 'shoe', price: 9.5, currency: 'EUR' }],
  }));

/** Fills a database through the pipeline, each stage with the rights of its own role: nothing is empty in any tenant. */
export async function createGround(): Promise<{ database: TestDatabase; ground: Ground }> {
  const database = await createDatabase();
  const ground = await groundOf(database);
  const began = Date.now() - 2 * DAY;
  for (const [position, tenant] of ground.tenants.entries()) {
    await tenant.track(visit(tenant, began));
    // Counts differ, so that a number of another tenant's, or of all, is not taken for the right one.
    for (let extra = 0; extra < position * 2; extra += 1)
      await tenant.track({
        event_id: idOf(100 + extra),
        event_type: 'page_view',
        timestamp: new Date(began + DAY / 2 + extra * 60_000).toISOString(),
        visitor_id: `visitor-${position}`,
        page_url: `${PAGE}/${markOf(tenant)}`,
        page_title: markOf(tenant),
      });
    for (const label of ['first', 'second'])
      await tenant.track({
        event_id: CONTESTED,
        event_type: 'click',
        evt_label: `${markOf(tenant)}-${label}`,
        timestamp: began + 10 * 60_000,
        visitor_id: VISITOR,
        session_id: SESSION,
      });
    await tenant.track({
      event_id: idOf(94),
      event_type: 'page_view',
      timestamp: new Date().toISOString(),
      visitor_id: 'visitor-now',
      page_url: `${PAGE}/now`,
      page_title: markOf(tenant),
    });
    await tenant.land({
      event_id: idOf(95),
      event_type: 'click',
      evt_label: markOf(tenant),
      visitor_id: VISITOR,
      session_id: SESSION,
    });
  }
  await ground.b.track({
    event_id: OF_B_ONLY,
    event_type: 'page_view',
    timestamp: new Date(began + 20 * 60_000).toISOString(),
    visitor_id: VISITOR_OF_B_ONLY,
    session_id: 'session-of-b',
    page_url: 'https://b.example/secret',
    page_title: markOf(ground.b),
  });
  for (const tenant of ground.tenants)
    await inTenant(ground.reader, tenant, async (client) => {
      for (const visitor of [VISITOR, ...(tenant === ground.b ? [VISITOR_OF_B_ONLY] : [])])
        await requestJob(client, 'export', visitor, 'token:test');
    });
  // A settled day of each, with figures of its own.
  await database.pool.query(
    `INSERT INTO raw.ledger_days (
       tenant_id, day, received, without_raw_row, stored, bots, duplicate, quarantined, refused, anonymised, dropped, pending,
       refusals, balanced_at, settled_at
     )
     SELECT name, CURRENT_DATE - 7, 100 + place, 0, 100 + place, 0, 0, 0, 0, 0, 0, 0, '{}', now(), now()
     FROM unnest($1::text[]) WITH ORDINALITY AS tenant (name, place)`,
    [ground.tenants.map(({ tenantId }) => tenantId)],
  );
  const maintenance = database.as(databaseRoles.maintenance);
  await takeSnapshots(maintenance, silent, new Date());
  await ground.pool.query(
    `UPDATE analytics.metrics_progress SET noted_until = CURRENT_TIMESTAMP - interval '3 days'`,
  );
  await refreshMetrics(maintenance, silent);
  return { database, ground };
}

const relationRow = z.object({ name: z.string(), kind: z.enum(['table', 'view', 'partition']) });
export type Relation = z.infer<typeof relationRow>;

/** Everything of the product's schemas that holds or shows rows. */
export async function relationsOf(pool: pg.Pool): Promise<Relation[]> {
  const { rows } = await pool.query(
    `SELECT
       oid::regclass::text AS name,
       CASE WHEN relispartition THEN 'partition' WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind
     FROM pg_class
     WHERE relnamespace IN (
         'auth'::regnamespace, 'raw'::regnamespace, 'staging'::regnamespace, 'business'::regnamespace, 'analytics'::regnamespace
       )
       AND relkind IN ('r', 'p', 'v', 'm')
     ORDER BY 1`,
  );
  return z.array(relationRow).parse(rows);
}
