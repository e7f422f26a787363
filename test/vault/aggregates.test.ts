import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Random } from '../../cli/sample/random.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { currentViewsAgree, satellitesAgree } from '../support/agreement.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { landedEvents } from '../support/landed-events.ts';
import { mixedTraffic } from '../support/mixed-industries.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { Recomputation } from '../support/recompute.ts';
import type { LoadedEvent } from '../support/recompute-sessions.ts';
import { rowCount, vaultRows } from '../support/vault-rows.ts';

/** 8,000 keep the run short; `MIXED_EVENTS=200000` is the full proof. */
const EVENTS = Number(process.env.MIXED_EVENTS ?? 8_000);
const TENANTS = ['mixed-a', 'mixed-b'];
const DAY = 24 * 60 * 60 * 1_000;
const satellites = [
  'site_session_details_s',
  'site_visitor_details_s',
  'site_page_details_s',
  'business_item_details_s',
] as const;

let database: TestDatabase;
let tenants: Map<string, Awaited<ReturnType<typeof createTenant>>>;
let requests: Map<string, LoadedEvent[]>;
const expected = new Recomputation();
const now = new Date();
const traffic = mixedTraffic(EVENTS, 7, TENANTS, now);

beforeAll(async () => {
  database = await createDatabase();
  tenants = new Map();
  for (const tenantId of TENANTS) tenants.set(tenantId, await createTenant(database.pool, tenantId));
  await land((index) => index % 10 !== 3);
}, 600_000);
afterAll(() => database.drop());

const tenantOf = (tenantId: string) => {
  const tenant = tenants.get(tenantId);
  if (tenant === undefined) throw new Error(`There is no tenant ${tenantId}.`);
  return tenant;
};

async function land(chosen: (index: number) => boolean): Promise<void> {
  for (const { tenantId, body, ...origin } of traffic.sendings.filter((_, index) => chosen(index)))
    await tenantOf(tenantId).land(body, origin);
  requests = await landedEvents(database.pool, traffic.drafts);
}

/** Loads requests one after another, and tells the recomputation of their events. */
async function load(requestIds: readonly string[]): Promise<void> {
  const { stage, load: loadStaged } = tenantOf(TENANTS[0] ?? '');
  for (const requestId of requestIds) await loadStaged(await stage([requestId]));
  expected.add(requestIds.flatMap((requestId) => requests.get(requestId) ?? []));
}

/** Lands every request once more, as a replay of the raw layer would. */
async function copyRequests(): Promise<string[]> {
  const { rows } = await database.pool.query(
    `WITH copy AS (
       INSERT INTO raw.site_tracking_requests_r
       SELECT (jsonb_populate_record(request, jsonb_build_object('request_id', nextval('raw.request_id_seq')))).*
       FROM raw.site_tracking_requests_r AS request
       RETURNING request_id, received_timestamp, tenant_id, event_count
     )
     INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
     SELECT *, received_timestamp FROM copy RETURNING request_id::text`,
  );
  return z
    .array(z.object({ request_id: z.string() }))
    .parse(rows)
    .map(({ request_id }) => request_id);
}

async function tick(asOf: Date): Promise<void> {
  await takeSnapshots(database.pool, silent, asOf);
  expected.tick(asOf);
}

const landed = (): string[] => [...requests.keys()].sort((a, b) => Number(a) - Number(b));

/** The same requests in another order, always the same. */
const shuffled = (requestIds: readonly string[]): string[] => {
  const random = new Random(3);
  return requestIds
    .map((requestId) => ({ requestId, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ requestId }) => requestId);
};

describe('every aggregate of every satellite equals a recomputation from the events', () => {
  let heldBack: string[];

  it('while all sessions are open: the live values', async () => {
    heldBack = landed().filter((_, index) => index % 10 >= 7);
    await load(landed().filter((requestId) => !heldBack.includes(requestId)));
    await satellitesAgree(database.pool, expected);
    await currentViewsAgree(database.pool, expected);
  }, 600_000);

  it('after some sessions closed and the rest went on', async () => {
    await tick(new Date(now.getTime() - 3 * DAY));
    const open = await rowCount(database.pool, 'business.site_session_acc');
    expect(open).toBe(expected.sessions().size - expected.closedSessions().size);
    expect(open).toBeGreaterThan(0);
    expect(open).toBeLessThan(expected.sessions().size);
    await satellitesAgree(database.pool, expected);
    await currentViewsAgree(database.pool, expected);
  }, 600_000);

  it('after requests that landed among them were loaded late and shuffled, and opened sessions again', async () => {
    const before = expected.closedSessions().size;
    await load(shuffled(heldBack));
    expect(expected.closedSessions().size).toBeLessThan(before);
    await currentViewsAgree(database.pool, expected);
  }, 600_000);

  it('after all sessions closed and the histories were read again', async () => {
    await tick(new Date(now.getTime() + 2 * DAY));
    expect(await rowCount(database.pool, 'business.site_session_acc')).toBe(0);
    await satellitesAgree(database.pool, expected);
    await currentViewsAgree(database.pool, expected);
  }, 600_000);

  it('after late events landed, opened closed sessions, joined some, and these closed once more', async () => {
    const known = new Set(landed());
    await land((index) => index % 10 === 3);
    await load(landed().filter((requestId) => !known.has(requestId)));
    expect(await rowCount(database.pool, 'business.site_session_acc')).toBeGreaterThan(0);
    await satellitesAgree(database.pool, expected);
    await currentViewsAgree(database.pool, expected);
    await tick(new Date(now.getTime() + 4 * DAY));
    await satellitesAgree(database.pool, expected);
    await currentViewsAgree(database.pool, expected);
  }, 600_000);

  it('after every request was loaded a second time under another id: nothing changed', async () => {
    const copies = await copyRequests();
    expect(copies.length).toBe(requests.size);
    await tenantOf(TENANTS[0] ?? '').load(await tenantOf(TENANTS[0] ?? '').stage(copies));
    await satellitesAgree(database.pool, expected);
    await currentViewsAgree(database.pool, expected);
  }, 600_000);

  it('and rows have the same hash difference exactly when all their columns are the same', async () => {
    for (const relation of satellites) {
      const rows = [...(await vaultRows(database.pool, relation)).values()].flat();
      const contents = new Map<unknown, string>();
      for (const {
        hash_diff,
        load_date,
        load_end_date,
        record_source,
        device_pixel_ratio,
        ...content
      } of rows) {
        const text = JSON.stringify(content);
        expect(contents.get(hash_diff) ?? text).toBe(text);
        contents.set(hash_diff, text);
      }
      expect(new Set(contents.values()).size, relation).toBe(contents.size);
    }
  }, 600_000);
});
