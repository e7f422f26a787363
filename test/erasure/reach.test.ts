import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eraseAgain, eraseConflicts } from '../../lambdas/lifecycle/erasure/erase-again.ts';
import { eraseVisitors } from '../../lambdas/lifecycle/erasure/erase-visitors.ts';
import { ownedEvents } from '../../lambdas/lifecycle/erasure/event-owners.ts';
import { lockRequests } from '../../lambdas/lifecycle/erasure/lock-requests.ts';
import { exportVisitor } from '../../lambdas/lifecycle/privacy-jobs/export-visitor.ts';
import { storedIds } from '../../lambdas/lifecycle/privacy-jobs/stored-ids.ts';
import { judge } from '../../lambdas/lifecycle/replay/judgement.ts';
import { wholeScope } from '../../lambdas/lifecycle/retention/cut-offs.ts';
import { runRetention } from '../../lambdas/lifecycle/retention/retention.ts';
import { landedRequest } from '../../lambdas/pipeline/landed-request.ts';
import { stageOne } from '../../lambdas/pipeline/stage-requests.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { changeSettings } from '../../lambdas/tenancy/tenants.ts';
import { settleVisitorKey, visitorMark } from '../../lambdas/tenancy/visitor-keys.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { BROWSER, createTenant, silent } from '../support/pipeline.ts';
import { findText } from './find-text.ts';
import { totalsOf } from './totals.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;
const DAY = 86_400_000;
const now = new Date();
const before = new Date(now.getTime() - 10 * DAY).toISOString();

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const maintenance = () => database.as(databaseRoles.maintenance);
const visitor = (mark: string) => `visitor-${mark}`;
const erase = (tenant: Tenant, ...ids: readonly string[]) =>
  eraseVisitors(maintenance(), silent, tenant, ids);
const left = (tenant: Tenant, mark: string) => findText(database.pool, mark, tenant);
const secretOf = async ({ tenantHk }: Tenant) => settleVisitorKey(database.pool, tenantHk, new Date(0));

/** What the raw layer has of an export, as text. */
async function exportedRaw(tenant: Tenant, visitorId: string): Promise<string> {
  const key = await secretOf(tenant);
  const request = { jobId: 'job', visitorId, ids: [visitorId], madeAt: now };
  const { archive } = await exportVisitor(maintenance(), tenant, key, request);
  const { 'raw.site_tracking_events_r.jsonl': raw } = unzipSync(archive);
  return raw === undefined ? '' : strFromU8(raw);
}

const landedSelect = `SELECT request_id::text, tenant_id, $2::bytea AS tenant_hk, site_id, received_timestamp, user_agent,
  encode(visitor_ip_hash, 'hex') AS visitor_ip_hash, encode(visitor_key, 'hex') AS visitor_key, record_source, event_ids, byte_lengths,
  body, envelope, event_context FROM raw.site_tracking_requests_r WHERE tenant_id = $1 ORDER BY request_id`;
const landedOf = async ({ tenantId, tenantHk }: Tenant) =>
  z.array(landedRequest).parse((await database.pool.query(landedSelect, [tenantId, tenantHk])).rows);

/** What a replay would make of each event, compared with the vault. */
async function verdicts({ tenantId }: Tenant): Promise<string[]> {
  const { rows } = await database.pool.query(
    'SELECT request_id::text AS "requestId", received_timestamp::text AS received, event_count AS events FROM raw.site_tracking_requests_r WHERE tenant_id = $1',
    [tenantId],
  );
  const requests = z
    .array(z.object({ requestId: z.string(), received: z.string(), events: z.number() }))
    .parse(rows);
  return (await judge(database.pool, requests)).events.map(({ verdict }) => verdict);
}

const page = (mark: string, more: object = {}) => ({
  visitor_id: visitor(mark),
  event_type: 'page_view',
  page_url: 'https://shop.example/shared',
  note: mark,
  ...more,
});

describe('events that only the raw layer has, since the vault and the quarantine keep them for a shorter time', () => {
  const [ANNA, BERT, OTHER] = ['zq7reach1', 'zq7reach2', 'zq7other'];
  let tenant: Tenant;
  const balance = async () => {
    await database.pool.query('SELECT raw.balance_ledger_day($1)', [now]);
    const { rows } = await database.pool.query(
      `SELECT received::int, stored::int, quarantined::int, erased::int, gap::int FROM raw.ledger_days WHERE tenant_id = $1`,
      [tenant.tenantId],
    );
    return rows;
  };
  const expired = async () => {
    const { rows } = await database.pool.query(
      'SELECT kind, events::int FROM raw.expired_tally WHERE tenant_id = $1 ORDER BY kind',
      [tenant.tenantId],
    );
    return rows;
  };

  beforeAll(async () => {
    tenant = await createTenant(database.pool, 'reach');
    await changeSettings(database.pool, tenant, { vault_retention_days: 3, staging_retention_days: 1 });
    await tenant.track([ANNA, OTHER].map((mark) => page(mark, { event_timestamp: before })));
    await tenant.track({
      ...page(BERT),
      visitor_id: undefined,
      events: [page('late', { visitor_id: visitor(BERT), event_timestamp: before, note: BERT })],
    });
    await tenant.track([page(ANNA, { note: 'kept' }), page(OTHER)]);
    // Without a page it passes the door of SQL, and staging sets it aside.
    await database.pool.query('SELECT api.track_event($1::jsonb)', [
      JSON.stringify(
        [ANNA, BERT, OTHER].map((mark) => ({
          ...page(mark),
          page_url: undefined,
          tenantId: tenant.tenantId,
        })),
      ),
    ]);
    const { rows } = await database.pool.query('SELECT request_id::text AS id FROM raw.pending_requests');
    await tenant.stage(rows.map(({ id }) => String(id)));
    await balance();
    await database.pool.query('UPDATE raw.ledger_days SET settled_at = now()');
    const context = {
      pool: maintenance(),
      logger: silent,
      asOf: new Date(now.getTime() + 3 * DAY),
      timeLeft: () => Number.POSITIVE_INFINITY,
    };
    await runRetention(context, wholeScope);
  });

  it('are in an export', async () => {
    for (const mark of [ANNA, BERT, OTHER])
      expect(await left(tenant, mark)).toContainEqual(
        expect.stringContaining('raw.site_tracking_requests_r'),
      );
    expect(await expired()).toEqual([
      { kind: 'quarantined', events: 3 },
      { kind: 'vaulted', events: 3 },
    ]);
    const anna = await exportedRaw(tenant, visitor(ANNA));
    expect(anna.trim().split('\n')).toHaveLength(3);
    expect(anna).not.toContain(OTHER);
  });

  it('are written over by an erasure, which says how many they were, and move to erased in the ledger', async () => {
    expect(await balance()).toEqual([{ received: 8, stored: 5, quarantined: 3, erased: 0, gap: 0 }]);
    expect(await erase(tenant, visitor(ANNA))).toMatchObject({
      visitors_found: 1,
      events_anonymised: 1,
      events_dropped: 0,
      events_expired: 2,
    });
    expect(await left(tenant, ANNA)).toEqual([]);
    expect(await left(tenant, OTHER)).not.toEqual([]);
    expect(await balance()).toEqual([{ received: 8, stored: 3, quarantined: 2, erased: 3, gap: 0 }]);
    expect(await erase(tenant, visitor(ANNA))).toMatchObject({ events_expired: 0 });
  });

  it('are written over when somebody is erased again by a mark, though they are in no hub', async () => {
    const { version, secret } = await secretOf(tenant);
    const mark = {
      tenant_hk: tenant.tenantHk,
      visitor_mark: visitorMark(secret, visitor(BERT)),
      key_version: version,
      erased_at: now,
      secret,
    };
    await eraseAgain(maintenance(), silent, [mark]);
    expect(await left(tenant, BERT)).toEqual([]);
    expect(await balance()).toEqual([{ received: 8, stored: 2, quarantined: 1, erased: 5, gap: 0 }]);
  });

  it('count as expired no longer, so that a loss still shows', async () => {
    expect(await expired()).toEqual([
      { kind: 'quarantined', events: 1 },
      { kind: 'vaulted', events: 1 },
    ]);
    expect(await brokenChecks(database.pool)).toEqual([]);
    await database.pool.query(
      'DELETE FROM business.site_event_nl WHERE tenant_hk = $1 AND event_timestamp > $2',
      [tenant.tenantHk, new Date(now.getTime() - DAY)],
    );
    expect(await brokenChecks(database.pool)).toContain('E6_every_landed_event_arrived');
  });
});

describe('a second payload under a known id', () => {
  it.each([
    ['before the erasure', true],
    ['after it', false],
  ])('sent %s is erased where only its batch or its connection says whose it is', async (_, isBefore) => {
    const tenant = await createTenant(database.pool, `contested-${isBefore}`);
    const mark = 'zq7conflict';
    const [first, second, third] = [1, 2, 3].map((n) => `0190a0b0-c0d0-7000-8000-00000000000${n}`);
    const open = { kind: 'public', userAgent: `${BROWSER} own` } as const;
    const click = (event_id: string | undefined, note: string) => ({ event_id, event_type: 'click', note });
    // The first payloads are somebody else's, or in quarantine: neither says whose the second ones are.
    await tenant.track(
      [click(first, 'first'), click(second, 'first')].map((event) => ({ ...event, visitor_id: 'else' })),
    );
    await tenant.track(click(third, 'own'), open);
    const { rows } = await database.pool.query(
      'SELECT site_visitor_bk AS id FROM business.site_visitor_h WHERE tenant_hk = $1 AND site_visitor_bk <> $2',
      [tenant.tenantHk, 'else'],
    );
    const pseudonym = String(rows[0]?.id);
    const contest = async () => {
      await tenant.track({ visitor_id: visitor('batch'), events: [click(first, `${mark} in a batch`)] });
      await tenant.track(click(second, `${mark} of a connection`), open);
    };
    if (isBefore) await contest();
    await erase(tenant, visitor('batch'), pseudonym);
    if (!isBefore) {
      await contest();
      expect(await left(tenant, mark)).toEqual(['staging.quarantined_events: 2']);
      expect(await eraseConflicts(maintenance())).toBe(2);
    }
    expect(await left(tenant, mark)).toEqual([]);
  });
});

describe('an erasure', () => {
  it('finds ids as they were sent that jsonb cannot hold, and numbers as JavaScript writes them', async () => {
    const tenant = await createTenant(database.pool, 'spelt');
    const sent = ['a\u0000b', 'half \ud800 pair', 1e21];
    for (const id of sent) await tenant.track(page('zq7spelt', { visitor_id: id }));
    const key = await secretOf(tenant);
    for (const id of sent) {
      expect(await erase(tenant, ...storedIds(key, String(id)))).toMatchObject({
        visitors_found: 1,
        events_anonymised: 1,
      });
    }
    expect(await left(tenant, 'zq7spelt')).toEqual([]);
  });

  it('finds whose ids the tenant’s own lists have made pseudonyms of', async () => {
    const tenant = await createTenant(database.pool, 'denied');
    const redaction = { deny_keys: ['visitor_id'], allow_keys: [] };
    await changeSettings(database.pool, tenant, { redaction });
    // Over SQL the lists are read with each call.
    await database.pool.query('SELECT api.track_event($1::jsonb)', [
      JSON.stringify({ tenantId: tenant.tenantId, ...page('zq7denied') }),
    ]);
    const { rows } = await database.pool.query(
      'SELECT request_id::text AS id FROM raw.pending_requests WHERE tenant_id = $1',
      [tenant.tenantId],
    );
    await tenant.load(await tenant.stage(rows.map(({ id }) => String(id))));
    expect(await left(tenant, visitor('zq7denied'))).toEqual([]);
    expect(await left(tenant, 'zq7denied')).not.toEqual([]);
    const ids = storedIds(await secretOf(tenant), visitor('zq7denied'));
    expect(await erase(tenant, ...ids)).toMatchObject({ visitors_found: 1, events_anonymised: 1 });
    expect(await left(tenant, 'zq7denied')).toEqual([]);
  });

  it('of somebody without an id takes their pseudonym from a request with others who name theirs', async () => {
    const tenant = await createTenant(database.pool, 'mixed');
    await tenant.track([page('x', { visitor_id: undefined, note: 'nobody' }), page('named')], {
      kind: 'public',
    });
    const [request] = await landedOf(tenant);
    const pseudonym = request?.visitor_key ?? '';
    await erase(tenant, pseudonym);
    expect(await left(tenant, pseudonym)).toEqual([]);
    expect(await left(tenant, visitor('named'))).not.toEqual([]);
    expect(await verdicts(tenant)).toEqual(['same', 'same']);
  });

  it('keeps as many links to items as there were, also of an event with one more than a list may have', async () => {
    const tenant = await createTenant(database.pool, 'full');
    const items = Array.from({ length: 100 }, (_, n) => ({ item_id: `item-${n}`, item_name: `Item ${n}` }));
    const sale = (id: string, more: object) =>
      page(id, { event_type: 'item_interaction', item_id: 'extra', items, ...more });
    for (const more of [{}, { item_name: 'Extra', item_type: 'gift', item_value: 3 }]) {
      await tenant.track(sale('others', more));
      await tenant.track(sale('own', more));
    }
    const totals = await totalsOf(database.pool, tenant.tenantHk);
    const links = async () => {
      const { rows } = await database.pool.query(
        `SELECT item.business_item_bk AS key, count(*)::int AS links, count(DISTINCT link.item_state_id)::int AS states
         FROM business.event_business_item_nl AS link JOIN business.business_item_h AS item USING (business_item_hk)
         WHERE link.tenant_hk = $1 GROUP BY 1 ORDER BY 1`,
        [tenant.tenantHk],
      );
      return rows;
    };
    const standing = await links();
    expect(standing).toHaveLength(101);
    await erase(tenant, visitor('own'));
    expect(await links()).toEqual(standing);
    expect(new Set(await verdicts(tenant))).toEqual(new Set(['same']));
    expect(await totalsOf(database.pool, tenant.tenantHk)).toEqual(totals);
  });

  it('holds some requests and some of the quarantine at a time, however many and large they are', async () => {
    const asked: unknown[] = [];
    const recording: Queryable = {
      query: (_, values = []) => {
        asked.push(values[3]);
        return database.pool.query('SELECT WHERE false');
      },
    };
    const wanted = Array.from({ length: 45 }, (_, n) => ({
      request_id: String(n),
      received_timestamp: now,
    })).flatMap((place) => [place, place]);
    const tenant = await createTenant(database.pool, 'bounded');
    for await (const requests of lockRequests(recording, tenant, wanted)) expect(requests).toEqual([]);
    expect(asked).toMatchObject([{ length: 20 }, { length: 20 }, { length: 5 }]);

    const event_id = '0190a0b0-c0d0-7000-8000-000000000009';
    for (let n = 0; n < 4; n += 1)
      await tenant.track(page('heavy', { event_id, n, filler: 'x'.repeat(1_000) }));
    for (const name of ['erasure/read_quarantine', 'export/read_quarantine']) {
      const values = [tenant.tenantId, '0', 100, ...(name.startsWith('erasure') ? [true] : []), 1_500];
      expect((await database.pool.query(readStatement(name), values)).rows, name).toHaveLength(2);
    }
  });
});

it('whose an event is is told without staging it as staging tells it', async () => {
  const tenant = await createTenant(database.pool, 'owners');
  const events = [
    page('a'),
    page('b', { visitor_id: 7 }),
    page('c', { visitor_id: ' ' }),
    page('d', { visitor_id: undefined, client_ip: '203.0.113.9' }),
    page('e', { visitor_id: undefined, event_data: { visitor_id: 'inner' } }),
    page('f', { visitor_id: 'nul\u0000' }),
    page('g', { page_url: undefined }),
  ];
  await tenant.land(events);
  await tenant.land({ visitor_id: 'of the batch', events }, { kind: 'public' });
  const requests = await landedOf(tenant);
  const told = requests.flatMap(ownedEvents).map(({ rawEventId, visitorId }) => ({ rawEventId, visitorId }));
  const staged = requests.flatMap(stageOne).map(({ rawEventId, visitorId }) => ({ rawEventId, visitorId }));
  expect(told.length).toBeGreaterThan(10);
  expect(told).toEqual(staged);
});
