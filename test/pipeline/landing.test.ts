import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { BROWSER, createTenant } from '../support/pipeline.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const rawEvents = async (tenantId: string) => {
  const { rows } = await database.pool.query(
    `SELECT event_id, raw_payload, original_bytes, user_agent, processing_status, value_altered, client_ip, batch_id
     FROM raw.site_tracking_events_r WHERE tenant_id = $1 ORDER BY raw_event_id`,
    [tenantId],
  );
  return rows;
};

const view = (id: number, more: object = {}) => ({
  event_id: `0190a0b0-c0d0-7000-8000-${String(id).padStart(12, '0')}`,
  event_type: 'page_view',
  timestamp: '2026-11-01T10:00:00Z',
  page_url: `https://shop.example/p/${id}`,
  ...more,
});

describe('an accepted event', () => {
  it('keeps its own bytes, whatever the spacing, escapes and key order of the sender', async () => {
    const tenant = await createTenant(database.pool, 'bytes');
    const texts = [
      '{ "event_type" : "click",\n  "b":1, "a":"\\u00e9 é 🏿", "event_id":"0190a0b0-c0d0-7000-8000-0000000000a1" }',
      '{"event_id":"0190a0b0-c0d0-7000-8000-0000000000a2","event_type":"x","n":1.50,"n":2}',
    ];
    await tenant.land(` [ ${texts.join('\t,\n')} ] `);
    const rows = await rawEvents('bytes');
    expect(rows.map((row) => row.original_bytes.toString('utf8'))).toEqual(texts);
    expect(rows.map((row) => row.value_altered)).toEqual([false, false]);
  });

  it('that jsonb cannot hold keeps its bytes beside a payload that jsonb can hold', async () => {
    const tenant = await createTenant(database.pool, 'unstorable');
    const text =
      '{"event_type":"click","evt_label":"a\\u0000b","half":"\\ud800","big":1e99999,"fine":"\\ud83c\\udfff"}';
    await tenant.land(text);
    const [row] = await rawEvents('unstorable');
    expect(row.original_bytes.toString('utf8')).toBe(text);
    expect(row.value_altered).toBe(true);
    expect(row.raw_payload).toMatchObject({ evt_label: 'a\uFFFDb', half: '\uFFFD', big: null, fine: '🏿' });
  });

  it('takes over the fields of its batch, and only those that are about events', async () => {
    const tenant = await createTenant(database.pool, 'envelope');
    await tenant.land({
      event_type: 'batch',
      session_id: 's1',
      sent_at: 'x',
      events: [{ event_type: 'click' }, { event_type: 'click', session_id: 's2' }],
    });
    const rows = await rawEvents('envelope');
    expect(rows.map((row) => row.raw_payload)).toEqual([
      { event_type: 'click', session_id: 's1' },
      { event_type: 'click', session_id: 's2' },
    ]);
    expect(rows.map((row) => row.value_altered)).toEqual([false, false]);
    const { rows: stored } = await database.pool.query(
      `SELECT envelope, event_context FROM raw.site_tracking_requests_r WHERE tenant_id = 'envelope'`,
    );
    expect(stored).toEqual([{ envelope: { session_id: 's1' }, event_context: null }]);
  });

  it('is there for SQL as a pending row of its batch until it is loaded', async () => {
    const tenant = await createTenant(database.pool, 'pending');
    const { pending } = await tenant.land([view(1), view(2)]);
    expect((await rawEvents('pending')).map((row) => row.processing_status)).toEqual(['PENDING', 'PENDING']);
    const staged = await tenant.stage(pending.map(({ requestId }) => requestId));
    expect((await rawEvents('pending')).map((row) => row.processing_status)).toEqual([
      'PROCESSING',
      'PROCESSING',
    ]);
    await tenant.load(staged);
    const rows = await rawEvents('pending');
    expect(rows.map((row) => row.processing_status)).toEqual(['PROCESSED', 'PROCESSED']);
    expect(rows[0].batch_id).toMatch(/^BATCH_\d{8}_\d{6}_\d+$/);
    expect(rows[0].batch_id).toBe(rows[1].batch_id);
  });
});

describe('an event id', () => {
  it('is stored once, however often and by however many senders at once it is sent', async () => {
    const tenant = await createTenant(database.pool, 'once');
    const batch = Array.from({ length: 50 }, (_, index) => view(index));
    const landings = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => tenant.land(turn % 2 === 0 ? batch : batch.toReversed())),
    );
    const statuses = landings.flatMap(({ verdicts }) => verdicts.map(({ status }) => status));
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(50);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(350);
    expect(await rawEvents('once')).toHaveLength(50);
  });

  it('that comes twice in one request counts once', async () => {
    const tenant = await createTenant(database.pool, 'twice');
    const { verdicts } = await tenant.land([view(1), view(2), view(1)]);
    expect(verdicts.map(({ index, status }) => [index, status])).toEqual([
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'duplicate'],
    ]);
  });

  it('with another payload is refused, and the other payload lies in quarantine', async () => {
    const tenant = await createTenant(database.pool, 'conflict');
    await tenant.land(view(1));
    const { verdicts } = await tenant.land([view(1, { page_title: 'another' }), view(2)]);
    expect(verdicts).toMatchObject([{ status: 'rejected', code: 'id_conflict' }, { status: 'accepted' }]);
    const { rows } = await database.pool.query(
      `SELECT reason_code, convert_from(original_bytes, 'UTF8')::jsonb AS payload
       FROM staging.quarantined_events WHERE tenant_id = 'conflict'`,
    );
    expect(rows).toMatchObject([{ reason_code: 'id_conflict', payload: { page_title: 'another' } }]);
  });

  it('of one tenant is nothing to another tenant', async () => {
    const [a, b] = await Promise.all([
      createTenant(database.pool, 'tenant-a'),
      createTenant(database.pool, 'tenant-b'),
    ]);
    await a.track(view(1));
    await b.track(view(1));
    const { rows } = await database.pool.query(
      `SELECT site_event_bk, count(*)::int AS events, count(DISTINCT site_event_hk)::int AS keys, count(DISTINCT tenant_hk)::int AS tenants
       FROM business.site_event_h WHERE tenant_hk IN ($1, $2) GROUP BY site_event_bk`,
      [a.tenantHk, b.tenantHk],
    );
    expect(rows).toEqual([{ site_event_bk: view(1).event_id, events: 2, keys: 2, tenants: 2 }]);
  });

  it('is derived from payload, place and time when the sender has none, so a repeated request adds nothing', async () => {
    const tenant = await createTenant(database.pool, 'derived');
    const timed = { event_type: 'click', timestamp: '2026-11-01T10:00:00Z' };
    await tenant.land([timed, timed]);
    const { verdicts } = await tenant.land([timed, timed]);
    expect(verdicts.map(({ status }) => status)).toEqual(['duplicate', 'duplicate']);
    expect(await rawEvents('derived')).toHaveLength(2);
  });

  it('is another for another visitor’s equal event, so both count', async () => {
    const tenant = await createTenant(database.pool, 'visitors');
    const view = {
      event_type: 'page_view',
      page_url: 'https://x.example/',
      timestamp: '2026-11-01T10:00:00Z',
    };
    const from = (client_ip: string) => tenant.land({ ...view, client_ip, user_agent: BROWSER });
    const statuses = [await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')];
    expect(statuses.map(({ verdicts }) => verdicts[0]?.status)).toEqual([
      'accepted',
      'accepted',
      'duplicate',
    ]);
    const agents = await Promise.all(
      ['A', 'B'].map((userAgent) => tenant.land({ ...view, n: 1 }, { kind: 'public', userAgent })),
    );
    expect(agents.map(({ verdicts }) => verdicts[0]?.status)).toEqual(['accepted', 'accepted']);
  });

  it('is new each time for an event with neither id nor time: 50 equal clicks of one moment are 50 clicks', async () => {
    const tenant = await createTenant(database.pool, 'untimed');
    const arrival = new Date();
    await Promise.all(Array.from({ length: 50 }, () => tenant.land({ event_type: 'click' }, { arrival })));
    expect(await rawEvents('untimed')).toHaveLength(50);
  });

  it('sent with three payloads at once keeps one and quarantines two, none goes missing', async () => {
    const tenant = await createTenant(database.pool, 'raced');
    const landings = await Promise.all(
      Array.from({ length: 60 }, (_, n) => tenant.land(view(n % 20, { page_title: `version ${n % 3}` }))),
    );
    const statuses = landings.flatMap(({ verdicts }) => verdicts.map(({ status }) => status));
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(20);
    expect(statuses.filter((status) => status === 'rejected')).toHaveLength(40);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM staging.quarantined_events WHERE tenant_id = 'raced' AND reason_code = 'id_conflict'`,
    );
    expect(rows).toEqual([{ n: 40 }]);
  });

  it('taken by a request that commits while another waits for it is a conflict to that other', async () => {
    const tenant = await createTenant(database.pool, 'waiting');
    const first = await database.pool.connect();
    await first.query('BEGIN');
    await tenant.land(view(1), { database: first });
    const second = tenant.land([view(1, { page_title: 'other' }), view(2)]);
    await expect
      .poll(async () => {
        const { rows } = await database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        );
        return rows.length;
      })
      .toBe(1);
    await first.query('COMMIT');
    first.release();
    expect((await second).verdicts).toMatchObject([
      { status: 'rejected', code: 'id_conflict' },
      { status: 'accepted' },
    ]);
    const { rows } = await database.pool.query(
      `SELECT reason_code FROM staging.quarantined_events WHERE tenant_id = 'waiting'`,
    );
    expect(rows).toEqual([{ reason_code: 'id_conflict' }]);
  });

  it('with two payloads in one request keeps the first and quarantines the second', async () => {
    const tenant = await createTenant(database.pool, 'inner');
    const { verdicts } = await tenant.land([view(1), view(1, { page_title: 'other' }), view(1)]);
    expect(verdicts.map(({ status }) => status)).toEqual(['accepted', 'rejected', 'duplicate']);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM staging.quarantined_events WHERE tenant_id = 'inner'`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('whose conflict is repeated fills one row of the quarantine', async () => {
    const tenant = await createTenant(database.pool, 'repeated');
    await tenant.land(view(1));
    for (let n = 0; n < 3; n += 1) await tenant.land(view(1, { page_title: 'other' }));
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM staging.quarantined_events WHERE tenant_id = 'repeated'`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });
});

describe('a visitor’s address', () => {
  const address = '203.0.113.77';
  const everyRow = async (tenantId: string): Promise<string> => {
    const { rows } = await database.pool.query(
      `SELECT request::text AS text, convert_from(request.body, 'UTF8') AS body
       FROM raw.site_tracking_requests_r AS request WHERE tenant_id = $1
       UNION ALL
       SELECT staged::text, '' FROM staging.site_events_staging AS staged`,
      [tenantId],
    );
    return JSON.stringify(rows);
  };

  it('is never written: neither the connection’s nor the one a server or a browser names', async () => {
    const tenant = await createTenant(database.pool, 'address');
    await tenant.land(view(1), { address });
    await tenant.land(view(2, { client_ip: address }));
    await tenant.land(view(3, { event_data: { a: 1 }, data: { client_ip: address } }));
    await tenant.land(view(5, { properties: { deep: [{ client_ip: address }] } }));
    await tenant.land(view(6, { ip: address, 'X-Forwarded-For': `10.0.0.1, ${address}`, clientIp: address }));
    await tenant.land({ remote_addr: address, events: [view(7)] });
    await tenant.land(`{"event_type":"click","client\\u005fip":"${address}"}`);
    const { pending } = await tenant.land(view(4, { client_ip: address }), { kind: 'public' });
    await tenant.stage(pending.map(({ requestId }) => requestId));
    expect(await everyRow('address')).not.toContain(address);
  });

  it('named by a server tells visitors apart, named by a browser it does not count', async () => {
    const tenant = await createTenant(database.pool, 'apart');
    const named = (id: number, ip: string) => view(id, { client_ip: ip });
    await tenant.track([named(1, '192.0.2.1'), named(2, '192.0.2.2'), named(3, '192.0.2.1')]);
    await tenant.track([named(4, '192.0.2.3'), named(5, '192.0.2.4')], { kind: 'public' });
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS visitors FROM business.site_visitor_h WHERE tenant_hk = $1',
      [tenant.tenantHk],
    );
    expect(rows).toEqual([{ visitors: 3 }]);
  });
});
