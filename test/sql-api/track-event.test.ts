import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../lambdas/event/limits.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { track, uuid } from '../support/sql-api.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await createTenant(database.pool, 'acme');
  await createTenant(database.pool, 'globex');
});
afterAll(() => database.drop());

const rawEvents = async (...ids: readonly string[]) => {
  const { rows } = await database.pool.query(
    `SELECT event_id, raw_event_id::text, tenant_id, site_id, raw_payload, original_bytes, user_agent, client_ip, processing_status, value_altered
     FROM raw.site_tracking_events_r WHERE event_id = ANY ($1) ORDER BY raw_event_id`,
    [ids],
  );
  return rows;
};
const rawCount = async () => {
  const { rows } = await database.pool.query('SELECT count(*)::int AS events FROM raw.event_registry');
  return rows[0].events;
};

describe('the answer of api.track_event', () => {
  it('has 001’s keys and says what became of a single event', async () => {
    const event = { tenantId: 'acme', event_id: uuid(1), evt_type: 'click', session_id: 's1' };
    expect(await track(database.pool, event)).toEqual({
      success: true,
      message: 'Event stored',
      event_id: uuid(1),
      status: 'accepted',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      processing: 'background',
      accepted: 1,
      rejected: 0,
      duplicates: 0,
      results: [{ index: 0, event_id: uuid(1), status: 'accepted' }],
      data: {
        session_id: 's1',
        events_processed: 1,
        events_failed: 0,
        tenant_id: 'acme',
        timestamp: expect.stringMatching(/Z$/),
        processing_mode: 'single',
      },
    });
    expect(await track(database.pool, event)).toMatchObject({
      success: true,
      status: 'duplicate',
      message: 'Event was stored before',
      duplicates: 1,
    });
  });

  it('gives each event of an array its verdict, and one bad event never changes its neighbours', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(limits.jsonDepth)}1${'}'.repeat(limits.jsonDepth)}`);
    const wide = Object.fromEntries(
      Array.from({ length: limits.objectKeys + 1 }, (_, index) => [`k${index}`, 1]),
    );
    const answer = await track(database.pool, [
      { tenantId: 'acme', event_id: uuid(10), evt_type: 'click', session_id: 's2' },
      7,
      { ...deep, more: deep },
      wide,
      { evt_type: 'batch', events: [{}] },
      { tenant_id: 'globex', event_id: uuid(11), evt_type: 'click' },
      { event_id: uuid(10), evt_type: 'scroll' },
      { event_id: uuid(12), evt_type: 'click' },
      { event_id: uuid(12), evt_type: 'click' },
    ]);
    expect(answer).toMatchObject({
      success: false,
      message: '3 of 9 events stored',
      accepted: 3,
      rejected: 6,
      duplicates: 1,
      data: { events_processed: 3, events_failed: 6, session_id: 's2', processing_mode: 'batch' },
    });
    expect(answer.results.map(({ index, status, code }) => [index, status, code])).toEqual([
      [0, 'accepted', undefined],
      [1, 'rejected', 'not_an_object'],
      [2, 'rejected', 'too_deep'],
      [3, 'rejected', 'too_many_keys'],
      [4, 'rejected', 'nested_batch'],
      [5, 'rejected', 'other_tenant'],
      [6, 'rejected', 'id_conflict'],
      [7, 'accepted', undefined],
      [8, 'duplicate', undefined],
    ]);
    for (const { message } of answer.results.filter(({ status }) => status === 'rejected'))
      expect(message).toMatch(/\w+\.$/);
    expect(await rawEvents(uuid(10), uuid(11), uuid(12))).toHaveLength(2);
  });

  it('is no success when no event landed', async () => {
    expect(await track(database.pool, [{ tenantId: 'acme', events: [] }])).toMatchObject({
      success: false,
      accepted: 0,
      rejected: 1,
    });
    expect(
      await track(database.pool, {
        tenantId: 'acme',
        deep: { tenantId: 'x' },
        event_id: uuid(10),
        evt_type: 'other',
      }),
    ).toMatchObject({
      success: false,
      code: 'id_conflict',
      pointer: '/event_id',
      event_id: uuid(10),
      data: { events_processed: 0, events_failed: 1 },
    });
  });
});

describe('a call that cannot be landed at all is answered with a stable code', () => {
  const event = { tenantId: 'acme', evt_type: 'click' };
  const large = { ...event, text: 'x'.repeat(limits.bodyBytes) };
  it.each<[string, unknown]>([
    ['missing_tenant', { evt_type: 'click' }],
    ['missing_tenant', [{ evt_type: 'click', tenantId: ' ' }]],
    ['unknown_tenant', { evt_type: 'click', tenantId: 'nobody' }],
    ['unknown_tenant', [{ evt_type: 'click', tenant_id: 'default_tenant' }]],
    ['not_an_event', 'click'],
    ['not_an_event', null],
    ['no_events', []],
    ['no_events', { tenantId: 'acme', events: [] }],
    ['too_many_events', Array(limits.eventsPerRequest + 1).fill(event)],
    ['body_too_large', large],
    ['envelope_too_large', { tenantId: 'acme', text: 'x'.repeat(limits.envelopeBytes), events: [event] }],
  ])('%s', async (code, request) => {
    const before = await rawCount();
    const answer = await track(database.pool, request);
    expect(answer).toMatchObject({
      success: false,
      code,
      accepted: 0,
      results: [],
      data: { events_processed: 0, tenant_id: null },
    });
    expect(answer.message).toMatch(/\.$/);
    expect(await rawCount()).toBe(before);
  });

  it('also SQL’s own NULL', async () => {
    const { rows } = await database.pool.query('SELECT api.track_event(NULL) AS answer');
    expect(rows[0].answer).toMatchObject({ success: false, code: 'not_an_event' });
  });

  it('and what is just within the limits lands', async () => {
    const spare = JSON.stringify({ text: '' }).length + 120;
    const requests = [
      Array(limits.eventsPerRequest).fill(event),
      { ...event, text: 'x'.repeat(limits.bodyBytes - spare) },
      { tenantId: 'acme', text: 'x'.repeat(limits.envelopeBytes - 20), events: [event] },
      {
        ...event,
        deep: JSON.parse(`${'['.repeat(limits.jsonDepth - 1)}${']'.repeat(limits.jsonDepth - 1)}`),
      },
      {
        ...event,
        ...Object.fromEntries(Array.from({ length: limits.objectKeys - 2 }, (_, index) => [`k${index}`, 1])),
      },
    ];
    for (const request of requests)
      expect(await track(database.pool, request)).toMatchObject({ success: true });
  });
});

describe('the tenant', () => {
  const inSession = async (setting: string, request: unknown) => {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('app.default_tenant_id', $1, true)`, [setting]);
      const { rows } = await client.query('SELECT api.track_event($1) AS answer', [JSON.stringify(request)]);
      await client.query('COMMIT');
      return rows[0].answer;
    } finally {
      client.release();
    }
  };

  it('is the one that the session is set to when the request names none', async () => {
    expect(await inSession('globex', { event_id: uuid(20), evt_type: 'click' })).toMatchObject({
      success: true,
      data: { tenant_id: 'globex' },
    });
    expect(await inSession('globex', { tenantId: 'acme', evt_type: 'click' })).toMatchObject({
      data: { tenant_id: 'acme' },
    });
    expect(await inSession('', { evt_type: 'click' })).toMatchObject({
      success: false,
      code: 'missing_tenant',
    });
    expect((await rawEvents(uuid(20))).map(({ tenant_id }) => tenant_id)).toEqual(['globex']);
  });

  it('of a batch is the one that its envelope or its first event names', async () => {
    expect(
      await track(database.pool, {
        tenant_id: 'globex',
        events: [{ event_id: uuid(21), event_type: 'click' }],
      }),
    ).toMatchObject({ success: true, data: { tenant_id: 'globex' } });
    expect(
      await track(database.pool, [
        { event_id: uuid(22), event_type: 'click' },
        { tenantId: 'globex', event_type: 'click' },
      ]),
    ).toMatchObject({ success: true, data: { tenant_id: 'globex' } });
  });

  it('keeps an id apart from the same id of another tenant', async () => {
    for (const tenantId of ['acme', 'globex'])
      expect(await track(database.pool, { tenantId, event_id: uuid(23), evt_type: 'click' })).toMatchObject({
        status: 'accepted',
      });
  });
});

describe('what lands', () => {
  it('keeps the event as jsonb prints it, pending, with the fields of its batch', async () => {
    await track(database.pool, {
      tenantId: 'acme',
      session_id: 's1',
      sent_at: 'x',
      events: [
        { n: 1.5, event_id: uuid(30), event_type: 'click' },
        { event_id: uuid(31), event_type: 'click', session_id: 's2' },
      ],
    });
    const rows = await rawEvents(uuid(30), uuid(31));
    expect(rows.map((row) => row.raw_payload)).toEqual([
      { tenantId: 'acme', session_id: 's1', n: 1.5, event_id: uuid(30), event_type: 'click' },
      { tenantId: 'acme', session_id: 's2', event_id: uuid(31), event_type: 'click' },
    ]);
    expect(rows[0].original_bytes.toString()).toBe(
      `{"n": 1.5, "event_id": "${uuid(30)}", "event_type": "click"}`,
    );
    expect(rows.map((row) => [row.processing_status, row.value_altered, row.client_ip])).toEqual(
      Array(2).fill(['PENDING', false, null]),
    );
  });

  it('keeps a number that no double holds beside the payload that can be used', async () => {
    await database.pool.query('SELECT api.track_event($1)', [
      `{"tenantId": "acme", "event_id": "${uuid(32)}", "event_type": "click", "big": 1e400}`,
    ]);
    const [row] = await rawEvents(uuid(32));
    expect(row.value_altered).toBe(true);
    expect(row.raw_payload.big).toBeNull();
    expect(row.original_bytes.toString()).toContain(`1${'0'.repeat(400)}`);
  });

  it('is gone when the caller rolls back, and then nothing waits', async () => {
    const client = await database.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT api.track_event($1)', [
      { tenantId: 'acme', event_id: uuid(33), evt_type: 'click' },
    ]);
    await client.query('ROLLBACK');
    client.release();
    expect(await rawEvents(uuid(33))).toEqual([]);
    expect(
      await track(database.pool, { tenantId: 'acme', event_id: uuid(33), evt_type: 'click' }),
    ).toMatchObject({
      status: 'accepted',
    });
  });

  it('goes to the site it names when that is the tenant’s, and to the tenant’s first otherwise', async () => {
    await database.pool.query(
      `INSERT INTO auth.sites SELECT tenant_hk, 'shop', 'Shop' FROM auth.tenant_h WHERE tenant_bk = 'acme'`,
    );
    const events = ['shop', 'elsewhere', undefined, 'shop'].map((site_id, index) => ({
      tenantId: 'acme',
      event_id: uuid(34 + index),
      event_type: 'click',
      site_id,
    }));
    const answer = await track(database.pool, events);
    expect(answer.results.map(({ index, status }) => [index, status])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 'accepted']),
    );
    const rows = await rawEvents(...events.map(({ event_id }) => event_id));
    expect(Object.fromEntries(rows.map(({ event_id, site_id }) => [event_id, site_id]))).toEqual({
      [uuid(34)]: 'shop',
      [uuid(35)]: 'main',
      [uuid(36)]: 'main',
      [uuid(37)]: 'shop',
    });
  });
});

describe('the visitor’s address', () => {
  it('is written nowhere, at no level, under no usual name', async () => {
    const address = '203.0.113.77';
    await track(database.pool, {
      tenantId: 'acme',
      event_id: uuid(40),
      event_type: 'click',
      client_ip: address,
      event_data: { 'X-Forwarded-For': `10.0.0.1, ${address}`, nested: [{ ip: address, kept: 1 }] },
    });
    await track(database.pool, {
      tenantId: 'acme',
      client_ip: address,
      events: [{ event_id: uuid(41), event_type: 'click' }],
    });
    await track(database.pool, {
      tenantId: 'acme',
      event_id: uuid(40),
      event_type: 'other',
      client_ip: address,
    });
    await database.pool.query(`SELECT raw.ingest_tracking_event('acme', $1, 'agent', $2)`, [
      address,
      { event_id: uuid(42), event_type: 'click', remote_addr: address },
    ]);
    await database.pool.query(`SELECT api.track_site_event('acme', 'click', client_ip => $1)`, [address]);
    const [row] = await rawEvents(uuid(40));
    expect(row.raw_payload.event_data).toEqual({ nested: [{ kept: 1 }] });
    const tables = await database.pool.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class
       WHERE relkind = 'r' AND relnamespace IN ('auth'::regnamespace, 'raw'::regnamespace, 'staging'::regnamespace, 'business'::regnamespace)`,
    );
    expect(tables.rows.length).toBeGreaterThan(10);
    for (const { name } of tables.rows) {
      const { rows } = await database.pool.query(
        `SELECT count(*)::int AS found FROM ${name} AS t
         WHERE position($1 IN t::text) > 0 OR position(encode($1::bytea, 'hex') IN t::text) > 0`,
        [address],
      );
      expect({ name, found: rows[0].found }).toEqual({ name, found: 0 });
    }
  });
});

describe('api.track_site_event', () => {
  it('lands the event that its arguments describe, fields of event_data included', async () => {
    const { rows } = await database.pool.query(
      `SELECT api.track_site_event('acme', 'page_view', 'https://a.example/', $1, 's1', 'v1', '203.0.113.9', 'Agent/1.0') AS answer`,
      [{ event_id: uuid(50), timestamp: '2026-01-31T08:00:00Z', test: true }],
    );
    expect(rows[0].answer).toMatchObject({
      success: true,
      event_id: uuid(50),
      data: { session_id: 's1', tenant_id: 'acme' },
    });
    const [row] = await rawEvents(uuid(50));
    expect(row).toMatchObject({
      user_agent: 'Agent/1.0',
      raw_payload: {
        event_type: 'page_view',
        page_url: 'https://a.example/',
        session_id: 's1',
        visitor_id: 'v1',
        event_data: { event_id: uuid(50), timestamp: '2026-01-31T08:00:00Z', test: true },
      },
    });
  });

  it('takes the tenant from its argument or else the session, never from the event', async () => {
    const call = async (session: string, tenant: string | null) => {
      const { rows } = await database.pool.query(
        `WITH session AS MATERIALIZED (SELECT set_config('app.default_tenant_id', $1, true) AS set)
         SELECT api.track_site_event($2, 'click', NULL, '{"tenantId": "acme"}') AS answer FROM session WHERE set IS NOT NULL`,
        [session, tenant],
      );
      return rows[0].answer;
    };
    expect(await call('', null)).toMatchObject({ success: false, code: 'missing_tenant' });
    expect(await call('', ' ')).toMatchObject({ success: false, code: 'missing_tenant' });
    expect(await call('acme', 'nobody')).toMatchObject({ success: false, code: 'unknown_tenant' });
    expect(await call('globex', null)).toMatchObject({ success: true, data: { tenant_id: 'globex' } });
    expect(await call('globex', 'acme')).toMatchObject({ success: true, data: { tenant_id: 'acme' } });
  });
});

describe('raw.ingest_tracking_event', () => {
  const ingest = async (tenant: string | null, event: unknown) => {
    const { rows } = await database.pool.query(
      `SELECT raw.ingest_tracking_event($1, '203.0.113.9', 'Agent/2.0', $2)::text AS id`,
      [tenant, JSON.stringify(event)],
    );
    return rows[0].id;
  };

  it('returns the raw event’s id, the same for the same event again, also one that came in a batch', async () => {
    const event = { event_id: uuid(60), event_type: 'click' };
    const id = await ingest('acme', event);
    const [row] = await rawEvents(uuid(60));
    expect(row).toMatchObject({ raw_event_id: id, user_agent: 'Agent/2.0', tenant_id: 'acme' });
    expect(await ingest('acme', event)).toBe(id);
    await track(
      database.pool,
      [61, 62, 63].map((n) => ({ tenantId: 'acme', event_id: uuid(n), event_type: 'click' })),
    );
    const [second] = await rawEvents(uuid(62));
    expect(await ingest('acme', { tenantId: 'acme', event_id: uuid(62), event_type: 'click' })).toBe(
      second.raw_event_id,
    );
  });

  it('returns null for a known id with another payload, which is kept in quarantine', async () => {
    expect(await ingest('acme', { event_id: uuid(60), event_type: 'other' })).toBeNull();
    const { rows } = await database.pool.query(
      'SELECT reason_code, stage FROM staging.quarantined_events WHERE event_id = $1',
      [uuid(60)],
    );
    expect(rows).toEqual([{ reason_code: 'id_conflict', stage: 'INGEST' }]);
  });

  it.each([
    ['nobody', { event_type: 'click' }, 'unknown_tenant'],
    [null, { event_type: 'click', tenantId: 'acme' }, 'missing_tenant'],
    ['acme', { event_type: 'click', tenantId: 'globex' }, 'other_tenant'],
    ['acme', [{ event_type: 'click' }], 'not_an_event'],
    ['acme', { events: [{ event_type: 'click' }] }, 'not_an_event'],
    ['acme', null, 'not_an_event'],
  ])('raises for %s, %j: %s', async (tenant, event, detail) => {
    await expect(ingest(tenant, event)).rejects.toMatchObject({ code: '22023', detail });
  });
});
