import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { insertEvents } from '../../lambdas/vault/loading-statements.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';

let database: TestDatabase;
let tenant: Awaited<ReturnType<typeof createTenant>>;
let tenants = 0;
beforeAll(async () => {
  database = await createDatabase();
});
beforeEach(async () => {
  tenants += 1;
  tenant = await createTenant(database.pool, `tenant-${tenants}`);
});
afterAll(() => database.drop());

const idOf = (id: number) => `0190a0b0-c0d0-7000-8000-${String(id).padStart(12, '0')}`;
const view = (id: number, more: object = {}) => ({
  event_id: idOf(id),
  event_type: 'page_view',
  timestamp: new Date(Date.UTC(2026, 10, 1, 10, 0, id)).toISOString(),
  page_url: `https://shop.example/p/${id % 7}`,
  session_id: `s-${id % 5}`,
  visitor_id: `v-${id % 3}`,
  ...more,
});
const item = (id: number, more: object = {}) => ({
  ...view(id),
  event_type: 'item_interaction',
  evt_label: `item-${id % 4}`,
  ...more,
});

const count = async (
  relation: string,
  where = 'tenant_hk = $1',
  value: unknown = tenant.tenantHk,
): Promise<number> => {
  const { rows } = await database.pool.query(`SELECT count(*)::int AS n FROM ${relation} WHERE ${where}`, [
    value,
  ]);
  return rows[0].n;
};
const pending = () => count('raw.pending_requests', 'tenant_id = $1', tenant.tenantId);
const landed = async (...bodies: unknown[]): Promise<string[]> => {
  const landings = await Promise.all(bodies.map((body) => tenant.land(body)));
  return landings.flatMap((landing) => landing.pending.map(({ requestId }) => requestId));
};

describe('an event in the vault', () => {
  it('has its hub, its session, page and item links and its satellite row, all with the raw row’s arrival as load date', async () => {
    await tenant.track([
      item(1, {
        evt_value: '12',
        page_title: 'T',
        custom: { a: 1 },
        items: [{ id: 'a' }, { id: 'b', price: 3 }],
      }),
    ]);
    const { rows } = await database.pool.query(
      `SELECT h.site_event_bk, d.event_type, d.event_value, d.page_title, d.custom_properties,
              sess.site_session_bk, vis.site_visitor_bk, page.site_page_bk,
              array_agg(item.business_item_bk ORDER BY item.business_item_bk) AS items,
              bool_and(h.load_date = raw.received_timestamp AND d.load_date = h.load_date AND esl.load_date = h.load_date
                AND epl.load_date = h.load_date AND eil.load_date = h.load_date) AS one_load_date
       FROM business.site_event_h h
       JOIN business.site_event_details_s d USING (site_event_hk)
       JOIN business.event_session_l esl USING (site_event_hk)
       JOIN business.site_session_h sess USING (site_session_hk)
       JOIN business.session_visitor_l svl USING (site_session_hk)
       JOIN business.site_visitor_h vis USING (site_visitor_hk)
       JOIN business.event_page_l epl USING (site_event_hk)
       JOIN business.site_page_h page USING (site_page_hk)
       JOIN business.event_business_item_l eil USING (site_event_hk)
       JOIN business.business_item_h item USING (business_item_hk)
       JOIN raw.site_tracking_events_r raw ON raw.event_id::text = h.site_event_bk AND raw.tenant_id = $2
       WHERE h.tenant_hk = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`,
      [tenant.tenantHk, tenant.tenantId],
    );
    expect(rows).toEqual([
      {
        site_event_bk: idOf(1),
        event_type: 'item_interaction',
        event_value: 12,
        page_title: 'T',
        custom_properties: { custom: { a: 1 } },
        site_session_bk: 's-1',
        site_visitor_bk: 'v-1',
        site_page_bk: 'https://shop.example/p/1',
        items: ['a', 'b'],
        one_load_date: true,
      },
    ]);
  });

  it('without a page is linked to the page that stands for none', async () => {
    await tenant.track([{ event_id: idOf(1), event_type: 'server_job' }]);
    const { rows } = await database.pool.query(
      `SELECT page.site_page_bk FROM business.event_page_l JOIN business.site_page_h page USING (site_page_hk)
       WHERE event_page_l.tenant_hk = $1`,
      [tenant.tenantHk],
    );
    expect(rows).toEqual([{ site_page_bk: '(no page)' }]);
  });

  it('with a clock years off counts at its arrival and says so', async () => {
    await tenant.track([view(1, { timestamp: '2101-01-01T00:00:00Z' })]);
    const { rows } = await database.pool.query(
      `SELECT event_timestamp = site_event_h.load_date AS at_arrival, custom_properties FROM business.site_event_details_s
       JOIN business.site_event_h USING (site_event_hk) WHERE tenant_hk = $1`,
      [tenant.tenantHk],
    );
    expect(rows).toEqual([
      { at_arrival: true, custom_properties: { claimed_timestamp: '2101-01-01T00:00:00.000Z' } },
    ]);
  });

  it('of a bot is kept with what gave the bot away', async () => {
    await tenant.track([view(1)], {
      kind: 'public',
      userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)',
    });
    const { rows } = await database.pool.query(
      'SELECT bot_reason FROM business.site_event_nl WHERE tenant_hk = $1',
      [tenant.tenantHk],
    );
    expect(rows[0].bot_reason).toMatch(/^user_agent:/);
  });
});

describe('an event that a server sends without an agent', () => {
  it('is no bot’s: the server’s own agent says nothing of the visitor', async () => {
    await tenant.track([view(1)], { kind: 'secret', userAgent: 'curl/8.5.0' });
    await tenant.track([view(2)], { kind: 'public', userAgent: '' });
    const { rows } = await database.pool.query(
      'SELECT bot_reason FROM business.site_event_nl WHERE tenant_hk = $1 ORDER BY site_event_bk',
      [tenant.tenantHk],
    );
    expect(rows).toEqual([{ bot_reason: null }, { bot_reason: 'no_user_agent' }]);
  });
});

describe('a stage', () => {
  it('that is asked twice, or by two workers at once, does its work once', async () => {
    const requests = await landed([view(1), view(2)], [view(3)]);
    const staged = (
      await Promise.all([tenant.stage(requests), tenant.stage(requests), tenant.stage(requests.toReversed())])
    ).flat();
    expect([...new Set(staged)].sort()).toEqual([...requests].sort());
    await Promise.all([tenant.load(staged), tenant.load(staged)]);
    await tenant.load(staged);
    expect(await count('business.site_event_h')).toBe(3);
    expect(await pending()).toBe(0);
  });

  it('leaves nothing behind in staging once the vault has it', async () => {
    await tenant.track([view(1), view(2)]);
    expect(await count('staging.site_events_staging')).toBe(0);
  });

  it('gives the same vault from eight overlapping loaders as from one, without a deadlock', async () => {
    const batches = Array.from({ length: 24 }, (_, batch) =>
      Array.from({ length: 40 }, (_, i) => item(batch * 40 + i)),
    );
    const requests = await landed(...batches);
    const staged = await tenant.stage(requests);
    const before = await database.pool.query(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        const mine = staged.filter((_, index) => (index + worker) % 3 === 0);
        for (const request of worker % 2 === 0 ? mine : mine.toReversed()) await tenant.load([request]);
      }),
    );
    await database.pool.query('SELECT pg_stat_force_next_flush()');
    const after = await database.pool.query(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(after.rows).toEqual(before.rows);
    expect(await pending()).toBe(0);
    expect(await count('business.site_event_h')).toBe(960);
    expect(await count('business.site_session_h')).toBe(5);
    expect(await count('business.site_visitor_h')).toBe(3);
    expect(await count('business.site_page_h')).toBe(7);
    expect(await count('business.business_item_h')).toBe(4);
    expect(await count('business.event_business_item_l')).toBe(960);
  });

  it('takes an event that another worker is inserting for known once that one is done, and counts it once', async () => {
    const [first = ''] = await landed([view(1)]);
    // The registry lets an id land once: only a second copy of the request can bring the same events to two workers.
    const { rows } = await database.pool.query<{ request_id: string }>(
      `INSERT INTO raw.site_tracking_requests_r
       SELECT (jsonb_populate_record(request, jsonb_build_object('request_id', nextval('raw.request_id_seq')))).*
       FROM raw.site_tracking_requests_r AS request WHERE request_id = $1 RETURNING request_id`,
      [first],
    );
    const second = rows[0]?.request_id ?? '';
    await database.pool.query(
      `INSERT INTO raw.pending_requests
       SELECT (jsonb_populate_record(pending, jsonb_build_object('request_id', $2::bigint))).*
       FROM raw.pending_requests AS pending WHERE request_id = $1`,
      [first, second],
    );
    await tenant.stage([first, second]);
    const faster = await database.pool.connect();
    try {
      await faster.query('BEGIN');
      const { rows: inserted } = await faster.query<{ staging_event_id: string }>(insertEvents, [
        [String(BigInt(first) * 1024n)],
      ]);
      expect(inserted).toHaveLength(1);
      const slower = tenant.load([second]);
      await vi.waitFor(async () => {
        const waiting = await database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        );
        expect(waiting.rowCount).toBe(1);
      });
      await faster.query('COMMIT');
      await slower;
    } finally {
      faster.release();
    }
    await tenant.load([first]);
    expect(await pending()).toBe(0);
    expect(await count('business.site_event_h')).toBe(1);
    expect(await count('staging.quarantined_events', 'tenant_id = $1', tenant.tenantId)).toBe(0);
    expect(await count('business.site_visitor_acc')).toBe(0);
  });

  it('gives a hub the earliest arrival of a set, whatever the order of staging', async () => {
    const [first = ''] = await landed([view(1)]);
    const [second = ''] = await landed([view(8)]);
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET received_timestamp = received_timestamp - INTERVAL '1 minute' WHERE request_id = $1`,
      [second],
    );
    await database.pool.query(
      `UPDATE raw.pending_requests SET received_timestamp = received_timestamp - INTERVAL '1 minute' WHERE request_id = $1`,
      [second],
    );
    const staged = [...(await tenant.stage([first])), ...(await tenant.stage([second]))];
    await tenant.load(staged);
    const { rows } = await database.pool.query(
      `SELECT page.load_date = min(event.load_date) AS is_earliest
       FROM business.site_page_h AS page JOIN business.site_event_nl AS event USING (site_page_hk)
       WHERE page.tenant_hk = $1 GROUP BY page.load_date`,
      [tenant.tenantHk],
    );
    expect(rows).toEqual([{ is_earliest: true }]);
  });

  it('stages again what a crash emptied out of staging', async () => {
    const requests = await landed([view(1), view(2)], [view(3)]);
    const staged = await tenant.stage(requests);
    await database.pool.query('TRUNCATE staging.site_events_staging');
    await tenant.load(staged);
    expect(await count('business.site_event_h')).toBe(0);
    expect(await pending()).toBe(2);
    await tenant.load(await tenant.stage(requests));
    expect(await count('business.site_event_h')).toBe(3);
    expect(await pending()).toBe(0);
  });

  it('quarantines the one event that the database refuses and goes on with its neighbours', async () => {
    const requests = await landed([view(1), view(2), view(3)], [view(4)]);
    await database.pool.query(
      `ALTER TABLE business.site_event_nl ADD CONSTRAINT planted CHECK (event_label IS DISTINCT FROM 'poison')`,
    );
    try {
      const poisoned = await landed([view(5), view(6, { evt_label: 'poison' }), view(7)]);
      await tenant.load(await tenant.stage([...requests, ...poisoned]));
    } finally {
      await database.pool.query('ALTER TABLE business.site_event_nl DROP CONSTRAINT planted');
    }
    expect(await count('business.site_event_h')).toBe(6);
    expect(await pending()).toBe(0);
    const { rows } = await database.pool.query(
      `SELECT event_id, stage, reason_code, convert_from(original_bytes, 'UTF8')::jsonb ->> 'evt_label' AS label
       FROM staging.quarantined_events WHERE tenant_id = $1`,
      [tenant.tenantId],
    );
    expect(rows).toEqual([
      { event_id: idOf(6), stage: 'BUSINESS', reason_code: 'cannot_be_loaded', label: 'poison' },
    ]);
    const raw = await database.pool.query(
      `SELECT processing_status FROM raw.site_tracking_events_r WHERE event_id = $1 AND tenant_id = $2`,
      [idOf(6), tenant.tenantId],
    );
    expect(raw.rows).toEqual([{ processing_status: 'ERROR' }]);
  });

  it('quarantines with its reason what the rules of today no longer let through, and keeps the row that says so', async () => {
    const requests = await landed([view(1), view(2)]);
    // What an older release accepted: the second event has no page any more.
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET event_context = '{"1": {"payload": {"event_type": "page_view"}}}' WHERE request_id = $1`,
      [requests[0]],
    );
    await tenant.load(await tenant.stage(requests));
    expect(await count('business.site_event_h')).toBe(1);
    expect(
      await count('staging.site_events_staging', "tenant_hk = $1 AND validation_status = 'INVALID'"),
    ).toBe(1);
    expect(
      await count(
        'staging.quarantined_events',
        "tenant_id = $1 AND reason_code = 'missing_field'",
        tenant.tenantId,
      ),
    ).toBe(1);
    expect(await pending()).toBe(0);
  });
});

describe('the sweeper', () => {
  it('rings again for what nobody finished, at the stage it waits for, and not before its time', async () => {
    const [first = '', second = ''] = await landed([view(1)], [view(2), view(3)]);
    await tenant.stage([second]);
    const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
    await sweep(database.pool, bells, silent, 60);
    expect([bells.LANDED.rung, bells.STAGED.rung]).toEqual([[], []]);
    await database.pool.query(`UPDATE raw.pending_requests SET rung_at = rung_at - INTERVAL '61 seconds'`);
    await sweep(database.pool, bells, silent, 60);
    expect(bells.LANDED.rung).toEqual([{ requestId: first, tenantId: tenant.tenantId, events: 1 }]);
    expect(bells.STAGED.rung).toEqual([{ requestId: second, tenantId: tenant.tenantId, events: 2 }]);
    await sweep(database.pool, bells, silent, 60);
    expect(bells.LANDED.rung).toHaveLength(1);
    await tenant.load([second, ...(await tenant.stage([first]))]);
    expect(await pending()).toBe(0);
  });

  it('sends back to staging what a crash emptied out of staging', async () => {
    const [request = ''] = await landed([view(1)]);
    await tenant.stage([request]);
    await database.pool.query('TRUNCATE staging.site_events_staging');
    await database.pool.query(`UPDATE raw.pending_requests SET rung_at = rung_at - INTERVAL '61 seconds'`);
    const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
    await sweep(database.pool, bells, silent, 60);
    expect(bells.LANDED.rung.map(({ requestId }) => requestId)).toEqual([request]);
    expect(bells.STAGED.rung).toEqual([]);
    await tenant.load(await tenant.stage([request]));
    expect(await pending()).toBe(0);
  });

  it('finds a request that commits after later ones are done: by status, not by a watermark', async () => {
    const slow = await database.pool.connect();
    await slow.query('BEGIN');
    await slow.query(
      `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
       VALUES (nextval('raw.request_id_seq'), now(), $1, 1, now() - INTERVAL '61 seconds')`,
      [tenant.tenantId],
    );
    await tenant.track([view(1)]);
    const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
    await sweep(database.pool, bells, silent, 60);
    expect(bells.LANDED.rung).toEqual([]);
    await slow.query('COMMIT');
    slow.release();
    await sweep(database.pool, bells, silent, 60);
    expect(bells.LANDED.rung).toHaveLength(1);
    await database.pool.query('DELETE FROM raw.pending_requests WHERE tenant_id = $1', [tenant.tenantId]);
  });
});
