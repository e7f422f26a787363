import type pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import type { Tenant } from './fixture.ts';

let database: TestDatabase;
let tenant: Tenant;
let tenants = 0;
let events = 0;

/** Gives a file's tests one database, and each test a tenant of its own in it. */
export function useTenants(): void {
  beforeAll(async () => {
    database = await createDatabase();
  });
  beforeEach(async () => {
    tenants += 1;
    tenant = await createTenant(database.pool, `tenant-${tenants}`);
  });
  afterAll(() => database.drop());
}

export const pool = (): pg.Pool => database.pool;
export const currentTenant = (): Tenant => tenant;

export const nextId = (): string => {
  events += 1;
  return `0190a0b0-c0d0-7000-8000-${String(events).padStart(12, '0')}`;
};
export const view = (more: object = {}) => ({
  event_id: nextId(),
  event_type: 'page_view',
  timestamp: new Date(Date.UTC(2026, 2, 2, 8, 0, events % 3_000)).toISOString(),
  page_url: 'https://shop.example/beth',
  session_id: 's-1',
  visitor_id: '1002',
  ...more,
});
export const titled = (title: string | undefined, more: object = {}) => view({ page_title: title, ...more });
export const item = (more: object = {}) =>
  view({ event_type: 'item_interaction', evt_label: 'boots', ...more });

export const land = async (...bodies: unknown[]): Promise<string[]> => {
  const requests: string[] = [];
  for (const body of bodies) {
    requests.push(...(await tenant.land(body)).pending.map(({ requestId }) => requestId));
  }
  return requests;
};
/** Lands each body as a request of its own, and stages and loads all of them as one batch. */
export const trackTogether = async (...bodies: unknown[]): Promise<string[]> => {
  const requests = await land(...bodies);
  await tenant.load(await tenant.stage(requests));
  return requests;
};
export const rowsOf = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
  (await database.pool.query<Row>(text, [tenant.tenantHk])).rows;

export const hubs = {
  session_slice_h: 'session_slice_bk',
  site_visitor_h: 'site_visitor_bk',
  site_page_h: 'site_page_bk',
  business_item_h: 'business_item_bk',
} as const;
export const HUBS = Object.keys(hubs);
export const LINKS = ['session_slice_visitor_l', 'event_business_item_nl'];
/** The tenant's rows of a table with what shows that one was written again. */
export const rowsOfTable = (table: string) =>
  rowsOf<{ version: string }>(
    `SELECT stored.xmin::text || ' ' || stored.ctid::text || ' ' || stored::text AS version
     FROM business.${table} AS stored WHERE tenant_hk = $1 ORDER BY 1`,
  );
export const countOf = async (table: string): Promise<number> => (await rowsOfTable(table)).length;

/** The history of the tenant's one page, oldest first. */
export const pageRows = () =>
  rowsOf<{ page_title: string | null; load_date: Date; load_end_date: Date | null }>(
    `SELECT details.page_title, details.load_date, details.load_end_date
     FROM business.site_page_details_s AS details
     JOIN business.site_page_h AS hub USING (site_page_hk)
     WHERE hub.tenant_hk = $1 ORDER BY details.load_date`,
  );
/** What the history of the tenant's one page stores, equal neighbours included. */
export const storedStates = async (): Promise<number> =>
  (
    await rowsOf(
      `SELECT history.load_date FROM business.site_page_history AS history
       JOIN business.site_page_h AS hub USING (site_page_hk) WHERE hub.tenant_hk = $1`,
    )
  ).length;
export const titles = async () => (await pageRows()).map(({ page_title }) => page_title);

/** Changes what the raw layer says of requests that have landed and are not staged yet. */
export const alterRequest = async (request: string | undefined, set: string): Promise<void> => {
  await database.pool.query(`UPDATE raw.site_tracking_requests_r SET ${set} WHERE request_id = $1`, [
    request,
  ]);
  await database.pool.query(
    `UPDATE raw.pending_requests AS pending SET received_timestamp = request.received_timestamp
     FROM raw.site_tracking_requests_r AS request
     WHERE pending.request_id = request.request_id AND request.request_id = $1`,
    [request],
  );
};
