import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { BROWSER, createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { track, uuid } from '../support/sql-api.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** A tenant and both ways in; HTTP's connection comes from where SQL's does. */
async function twoWays(tenantId: string) {
  const tenant = await createTenant(database.pool, tenantId);
  const http = (body: unknown) => tenant.land(body, { address: '127.0.0.1' });
  const sql = (request: object) =>
    track(database.pool, Array.isArray(request) ? request : { tenantId, ...request });
  return { tenant, http, sql };
}

/** How many sessions wait for another. */
async function waitingForLocks(): Promise<number> {
  const { rows } = await database.pool.query(
    `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  );
  return rows.length;
}

/** Forgets what a tenant sent, so that it can be sent again the other way. */
async function forget(tenantId: string): Promise<void> {
  await database.pool.query(
    `WITH gone AS (DELETE FROM raw.site_tracking_requests_r WHERE tenant_id = $1 RETURNING request_id),
     unmarked AS (DELETE FROM raw.pending_requests WHERE tenant_id = $1)
     DELETE FROM raw.event_registry WHERE request_id IN (SELECT request_id FROM gone)`,
    [tenantId],
  );
}

const storable = fc.string({ unit: 'binary', maxLength: 10 }).filter((text) => !text.includes('\0'));
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, 0.1, -0, 1e21, 2 ** 60, 'x', '', '10.0.0.1', '🏿'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    storable,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(storable, fc.constantFrom('client_ip', 'Remote-Addr', '\uE000', '\u{10000}')),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;
const container = fc.dictionary(
  fc.constantFrom('a', 'client_ip', 'user_agent', 'event_id', 'timestamp'),
  fc.constantFrom('1.2.3.4', '2026-01-31T08:00:00Z', 'b', ' '),
  { maxKeys: 4 },
);
/** Events that validation takes, with every kind of payload beside what an event needs. */
const event = fc.record(
  {
    event_type: fc.constantFrom('click', 'custom 🏿'),
    event_id: fc.oneof(
      fc.uuid(),
      storable.filter((text) => text.trim() !== ''),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    timestamp: fc.oneof(
      fc.constantFrom(
        '2026-01-31T08:00:00.5+01:00',
        '2026-01-31T23:30:00-02:00',
        '1999-01-01T00:00:00Z',
        '2099-01-01T00:00:00Z',
      ),
      fc.integer({ min: 1_700_000_000_000, max: 1_760_000_000_000 }),
    ),
    client_ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('host.example', ' 10.0.0.1 ')),
    user_agent: fc.constantFrom(BROWSER, '🏿'.repeat(600), ''),
    session_id: storable,
    properties: fc.dictionary(storable, value, { maxKeys: 5 }),
    event_data: container,
    data: container,
  },
  { requiredKeys: ['event_type'] },
);

describe('an event sent by HTTP and again by SQL is one event', () => {
  const stored = async (tenantId: string) => {
    const { rows } = await database.pool.query(
      `SELECT site_id, event_count, visitor_ip_hash, visitor_key, user_agent, record_source, event_ids, envelope, event_context,
         (SELECT jsonb_agg(raw_payload ORDER BY raw_event_id) FROM raw.site_tracking_events_r WHERE tenant_id = $1) AS payloads,
         (SELECT jsonb_agg(jsonb_build_array(event_key, payload_fingerprint) ORDER BY event_key) FROM raw.event_registry AS known
          WHERE known.request_id = request.request_id) AS registry
       FROM raw.site_tracking_requests_r AS request WHERE tenant_id = $1`,
      [tenantId],
    );
    return rows;
  };

  it.each(['http', 'sql'] as const)(
    'whatever it holds, %s first, if it has an id or a time of its own',
    async (way) => {
      const tenantId = `generated-${way}`;
      const { http, sql } = await twoWays(tenantId);
      const verdicts = async (by: 'http' | 'sql', events: object[]) => {
        const results = by === 'http' ? (await http(events)).verdicts : (await sql(events)).results;
        return results.map((verdict) => ({
          sent: events[verdict.index],
          event_id: verdict.event_id,
          status: verdict.status,
          code: 'code' in verdict ? verdict.code : undefined,
          message: 'message' in verdict ? verdict.message : undefined,
        }));
      };
      const sent = fc
        .sample(event, 900)
        .filter((one) => 'event_id' in one || 'timestamp' in one)
        .map((one) => ({ tenantId, ...one }));
      let compared = 0;
      // Jsonb prints a number of 300 digits in full, so a few events at a time.
      for (let at = 0; at < sent.length; at += 30) {
        const events = sent.slice(at, at + 30);
        const first = await verdicts(way, events);
        const again = await verdicts(way === 'http' ? 'sql' : 'http', events);
        for (const [index, one] of again.entries()) {
          const { status, code } = first[index] ?? one;
          // Validation refuses an event on the one way at once and on the other after staging.
          if ([code, one.code].some((found) => found !== undefined && found !== 'id_conflict')) continue;
          compared += 1;
          expect(one).toEqual({ ...first[index], status: status === 'rejected' ? status : 'duplicate' });
        }
      }
      expect(compared).toBeGreaterThan(sent.length / 2);
    },
  );

  it('in a batch with fields beside the events, and stores the same of it', async () => {
    const { http, sql } = await twoWays('stored');
    const batch = {
      tenantId: 'stored',
      client_ip: '2001:db8::1',
      user_agent: BROWSER,
      remote_addr: '10.1.1.1',
      session_id: 's1',
      sent_at: 'now',
      events: [
        { event_id: uuid(1), event_type: 'click', n: 1.5 },
        {
          event_id: 'mine',
          event_type: 'click',
          client_ip: '203.0.113.9',
          timestamp: '2026-01-31T08:00:00Z',
        },
        { event_type: 'click', timestamp: '2026-01-31T08:00:00Z', user_agent: 'Other/1', ip: '10.0.0.1' },
        { event_id: uuid(2), event_type: 'click', big: 'kept' },
      ],
    };
    await http(batch);
    const byHttp = await stored('stored');
    expect((await sql(batch)).results.map(({ status }) => status)).toEqual(Array(4).fill('duplicate'));
    await forget('stored');
    expect((await sql(batch)).results.map(({ status }) => status)).toEqual(Array(4).fill('accepted'));
    expect(await stored('stored')).toEqual(byHttp);
    expect((await http(batch)).verdicts.map(({ status }) => status)).toEqual(Array(4).fill('duplicate'));
  });

  it('but another payload under its id is a conflict either way, and lies in quarantine', async () => {
    const { http, sql } = await twoWays('conflict');
    const one = { tenantId: 'conflict', event_id: uuid(1), event_type: 'click' };
    const two = { tenantId: 'conflict', event_id: uuid(2), event_type: 'click' };
    await http(one);
    await sql(two);
    expect((await sql({ ...one, n: 1 })).results).toMatchObject([
      { status: 'rejected', code: 'id_conflict' },
    ]);
    expect((await http({ ...two, n: 1 })).verdicts).toMatchObject([
      { status: 'rejected', code: 'id_conflict' },
    ]);
    const { rows } = await database.pool.query(
      `SELECT event_id, convert_from(original_bytes, 'UTF8')::jsonb ->> 'n' AS n FROM staging.quarantined_events
       WHERE tenant_id = 'conflict' ORDER BY event_id`,
    );
    expect(rows).toEqual([
      { event_id: uuid(1), n: '1' },
      { event_id: uuid(2), n: '1' },
    ]);
  });

  it('that HTTP had to replace a NUL or half a character in, when SQL sends the replacement', async () => {
    const { http, sql } = await twoWays('replaced');
    await http(
      `{"tenantId": "replaced", "event_id": "${uuid(1)}", "event_type": "click", "a": "x\\u0000y", "b": "\\ud800", "c": 1e999}`,
    );
    const replaced = { event_id: uuid(1), event_type: 'click', a: 'x\uFFFDy', b: '\uFFFD' };
    expect(await sql({ ...replaced, c: null })).toMatchObject({ status: 'duplicate' });
    expect(await sql({ ...replaced, c: 1 })).toMatchObject({ code: 'id_conflict' });
  });

  it('without an id and a time it is two, as it is by one way alone', async () => {
    const { http, sql } = await twoWays('untimed');
    await http({ event_type: 'click' });
    expect(await sql({ event_type: 'click' })).toMatchObject({ status: 'accepted' });
    expect(await sql({ event_type: 'click' })).toMatchObject({ status: 'accepted' });
  });

  it('from many senders both ways at once, and nobody fails', async () => {
    const { http, sql } = await twoWays('at-once');
    const batch = Array.from({ length: 40 }, (_, n) => ({
      tenantId: 'at-once',
      event_id: uuid(n),
      event_type: 'click',
    }));
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, turn) => {
        const events = turn % 3 === 0 ? batch.toReversed() : batch;
        const verdicts = turn % 2 === 0 ? (await http(events)).verdicts : (await sql(events)).results;
        return verdicts.map(({ status }) => status);
      }),
    );
    const statuses = outcomes.flat();
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(40);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(440);
  });

  it('also when SQL waits for HTTP to commit it, and then another payload is a conflict', async () => {
    const { tenant, sql } = await twoWays('waiting');
    const one = { tenantId: 'waiting', event_id: uuid(1), event_type: 'click' };
    const two = { tenantId: 'waiting', event_id: uuid(2), event_type: 'click' };
    const first = await database.pool.connect();
    await first.query('BEGIN');
    await tenant.land([one, two], { database: first });
    const second = sql([
      one,
      { ...two, n: 1 },
      { tenantId: 'waiting', event_id: uuid(3), event_type: 'click' },
    ]);
    await expect.poll(waitingForLocks).toBe(1);
    await first.query('COMMIT');
    first.release();
    expect((await second).results.map(({ index, status }) => [index, status])).toEqual([
      [0, 'duplicate'],
      [1, 'rejected'],
      [2, 'accepted'],
    ]);
  });
});

it('calls that make the salts of the same days at once take turns and do not deadlock', async () => {
  const { tenant, sql } = await twoWays('salts');
  await sql({ event_type: 'click' });
  const events = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => ({
    tenantId: 'salts',
    event_type: 'click',
    timestamp: `${day}T08:00:00Z`,
    client_ip: '10.0.0.1',
  }));
  // Both calls get as far as the second day and wait there.
  const other = await database.pool.connect();
  await other.query('BEGIN');
  await other.query(
    `INSERT INTO auth.visitor_salts (tenant_hk, salt_day, salt) VALUES ($1, '2026-01-02', $2)`,
    [tenant.tenantHk, Buffer.alloc(32)],
  );
  const calls = Promise.all([sql(events), sql(events.toReversed())]);
  await expect.poll(waitingForLocks).toBe(2);
  await other.query('ROLLBACK');
  other.release();
  for (const answer of await calls) expect(answer).toMatchObject({ success: true });
});

describe('what SQL lands', () => {
  it('is carried to the vault from the next sweep on, though no doorbell rang', async () => {
    const { tenant, sql } = await twoWays('carried');
    await sql({
      event_id: uuid(1),
      evt_type: 'page_view',
      page_url: 'https://a.example/',
      client_ip: '203.0.113.9',
    });
    const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
    await sweep(database.pool, bells, silent, 3_600);
    const rung = bells.LANDED.rung.filter(({ tenantId }) => tenantId === 'carried');
    expect(rung).toMatchObject([{ tenantId: 'carried', events: 1 }]);
    await tenant.load(await tenant.stage(rung.map(({ requestId }) => requestId)));
    const { rows } = await database.pool.query(
      `SELECT event.site_event_bk AS id, page.site_page_bk AS page, octet_length(visitor.site_visitor_bk) AS visitor
       FROM business.site_event_h AS event
       JOIN business.event_page_l USING (site_event_hk)
       JOIN business.site_page_h AS page USING (site_page_hk)
       JOIN business.event_session_l AS event_session USING (site_event_hk)
       JOIN business.session_visitor_l AS link USING (site_session_hk)
       JOIN business.site_visitor_h AS visitor USING (site_visitor_hk)
       WHERE event.tenant_hk = $1`,
      [tenant.tenantHk],
    );
    expect(rows).toEqual([{ id: uuid(1), page: expect.stringContaining('a.example'), visitor: 32 }]);
    const left = await database.pool.query(`SELECT FROM raw.pending_requests WHERE tenant_id = 'carried'`);
    expect(left.rows).toEqual([]);
  });

  it('and does not pass validation is quarantined by staging with its reason, beside neighbours that load', async () => {
    const { tenant, sql } = await twoWays('judged');
    const answer = await sql({
      events: [
        { event_id: uuid(1), event_type: 'page_view' },
        { event_id: uuid(2), event_type: 'click' },
        { event_id: uuid(3) },
        { event_id: uuid(4), event_type: 'click', evt_value: 'many' },
      ],
    });
    expect(answer).toMatchObject({ success: true, accepted: 4 });
    const pending = await database.pool.query(
      `SELECT request_id::text FROM raw.pending_requests WHERE tenant_id = 'judged'`,
    );
    await tenant.load(await tenant.stage(pending.rows.map(({ request_id }) => request_id)));
    const { rows } = await database.pool.query(
      `SELECT event_id, stage, reason_code FROM staging.quarantined_events WHERE tenant_id = 'judged' ORDER BY event_id`,
    );
    expect(rows).toEqual([
      { event_id: uuid(1), stage: 'STAGING', reason_code: 'missing_field' },
      { event_id: uuid(3), stage: 'STAGING', reason_code: 'missing_field' },
      { event_id: uuid(4), stage: 'STAGING', reason_code: 'invalid_field' },
    ]);
    const loaded = await database.pool.query(
      'SELECT site_event_bk FROM business.site_event_h WHERE tenant_hk = $1',
      [tenant.tenantHk],
    );
    expect(loaded.rows).toEqual([{ site_event_bk: uuid(2) }]);
  });
});
