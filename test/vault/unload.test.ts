import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Random } from '../../cli/sample/random.ts';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { settleVault } from '../../lambdas/pipeline/settle-vault.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { unloadEvents } from '../../lambdas/pipeline/unload-events.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { copyDatabase, createDatabase, type TestDatabase } from '../support/database.ts';
import { mixedTraffic } from '../support/mixed-industries.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { dumpDifferences, dumpVault } from '../support/vault-dump.ts';

const EVENTS = 500;
const TENANTS = ['unload-a', 'unload-b'];
const DAY = 24 * 60 * 60 * 1_000;
const now = new Date();
const end = new Date(now.getTime() + 2 * DAY);
const eventRow = z.object({
  site_event_hk: z.instanceof(Buffer),
  site_event_bk: z.string(),
  site_visitor_bk: z.string(),
});

let landed: TestDatabase;
let requests: string[];
let tenantHk: Buffer;

beforeAll(async () => {
  landed = await createDatabase();
  requests = [];
  for (const tenantId of TENANTS) {
    const tenant = await createTenant(landed.pool, tenantId);
    tenantHk = tenant.tenantHk;
    for (const { body, ...origin } of mixedTraffic(EVENTS / 2, 5, [tenantId], now, 50).sendings) {
      const { pending } = await tenant.land(body, origin);
      requests.push(...pending.map(({ requestId }) => requestId));
    }
  }
  await landed.leave();
}, 60_000);
afterAll(() => landed.drop());

async function loadAll({ pool }: TestDatabase): Promise<void> {
  for (const request of requests) {
    await stageRequests(pool, recordingBell(), silent, [request]);
    await loadRequests(pool, silent, [request]);
  }
}

/** Some events of one tenant: all of every third visitor, and every other of some more. */
async function choose({ pool }: TestDatabase): Promise<z.infer<typeof eventRow>[]> {
  const { rows } = await pool.query(
    `SELECT site_event_hk, site_event_bk, site_visitor_bk FROM business.site_event_nl JOIN business.site_visitor_h USING (site_visitor_hk)
     WHERE site_event_nl.tenant_hk = $1 ORDER BY site_visitor_bk, site_event_hk`,
    [tenantHk],
  );
  const random = new Random(9);
  const fate = new Map<string, number>();
  return z
    .array(eventRow)
    .parse(rows)
    .filter(({ site_visitor_bk }) => {
      const chance = fate.get(site_visitor_bk) ?? random.pick([0, 0.5, 1]);
      fate.set(site_visitor_bk, chance);
      return random.chance(chance);
    });
}

async function unload(database: TestDatabase, keys: readonly Buffer[]): Promise<number> {
  const pool = database.as(databaseRoles.maintenance);
  let unloaded = 0;
  for (let from = 0; from < keys.length; from += 100) {
    const batch = keys.slice(Math.max(0, from - 5), from + 100);
    unloaded += await inTransaction(pool, (client) => unloadEvents(client, tenantHk, batch));
  }
  await inTransaction(pool, (client) => settleVault(client, tenantHk));
  return unloaded;
}

/** The vault of the same arrivals as if the chosen events had never come. */
async function without(chosen: readonly z.infer<typeof eventRow>[]): Promise<TestDatabase> {
  const database = await copyDatabase(landed);
  await markDropped(database, chosen);
  await loadAll(database);
  return database;
}

async function markDropped(
  { pool }: TestDatabase,
  chosen: readonly z.infer<typeof eventRow>[],
): Promise<void> {
  await pool.query(
    `UPDATE raw.site_tracking_requests_r AS request
     SET event_context = coalesce(event_context, '{}') || dropped.context
     FROM (
       SELECT request_id, jsonb_object_agg(ordinal - 1, '{"erased": {"dropped": true}}'::jsonb) AS context
       FROM raw.site_tracking_requests_r, unnest(event_ids) WITH ORDINALITY AS event (event_id, ordinal)
       WHERE tenant_id = $1 AND event_id = ANY ($2::uuid[]) GROUP BY request_id
     ) AS dropped
     WHERE dropped.request_id = request.request_id`,
    [TENANTS.at(-1), chosen.map(({ site_event_bk }) => site_event_bk)],
  );
}

describe('events taken out of the vault leave it as if they had never been loaded', {
  timeout: 120_000,
}, () => {
  it('while all is open: every table and view is the same, and every check passes', async () => {
    const database = await copyDatabase(landed);
    await loadAll(database);
    const chosen = await choose(database);
    expect(chosen.length).toBeGreaterThan(EVENTS / 6);
    expect(
      await unload(
        database,
        chosen.map(({ site_event_hk }) => site_event_hk),
      ),
    ).toBe(chosen.length);
    await markDropped(database, chosen);
    const expected = await without(chosen);
    for (const each of [database, expected]) await takeSnapshots(each.pool, silent, end);
    expect(dumpDifferences(await dumpVault(database.pool), await dumpVault(expected.pool))).toEqual([]);
    expect(await brokenChecks(database.pool)).toEqual([]);
    await database.drop();
    await expected.drop();
  });

  it('after sessions closed and snapshots were taken: everything but the old snapshots of counters is the same', async () => {
    const database = await copyDatabase(landed);
    await loadAll(database);
    for (const days of [4, 2, -2])
      await takeSnapshots(database.pool, silent, new Date(now.getTime() - days * DAY));
    const chosen = await choose(database);
    await unload(
      database,
      chosen.map(({ site_event_hk }) => site_event_hk),
    );
    await markDropped(database, chosen);
    const expected = await without(chosen);
    const later = new Date(end.getTime() + 2 * DAY);
    for (const each of [database, expected]) await takeSnapshots(each.pool, silent, later);
    const dumps = [await dumpVault(database.pool), await dumpVault(expected.pool)].map(
      (dump) => new Map([...dump].filter(([relation]) => !/_details_s$|_acc$/.test(relation))),
    );
    const [one = new Map(), other = new Map()] = dumps;
    expect(dumpDifferences(one, other)).toEqual([]);
    // Snapshots that are kept count events that are gone.
    const broken = (await brokenChecks(database.pool)).filter(
      (check) => check !== 'B2_rows_of_a_key_are_bounded',
    );
    expect(broken).toEqual([]);
    await database.drop();
    await expected.drop();
  });
});
