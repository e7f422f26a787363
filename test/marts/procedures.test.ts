import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../lambdas/pipeline/sweep.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, recordingBell, silent } from '../support/pipeline.ts';
import { ago, inAnalytics, plain, view } from './fixture.ts';

let database: TestDatabase;
let shop: Awaited<ReturnType<typeof createTenant>>;
beforeAll(async () => {
  database = await createDatabase();
  shop = await createTenant(database.pool, 'shop');
});
afterAll(() => database.drop());

const call = async (statement: string) => plain((await inAnalytics(database.pool, statement)).rows)[0];
const events = (count: number, more: object = {}) =>
  Array.from({ length: count }, () => view(ago(1, '10:00:00'), '/', { visitor_id: 'v', ...more }));
const land = async (count: number, more: object = {}): Promise<string> => {
  const { pending } = await shop.land(events(count, { marker: Math.random(), ...more }));
  return pending[0]?.requestId ?? '';
};

describe('process_events_batch', () => {
  const rung = async (): Promise<string[]> => {
    const bell = recordingBell();
    await sweep(database.pool, { LANDED: bell, STAGED: bell }, silent, 3_600);
    return bell.rung.map(({ requestId }) => requestId);
  };

  it('makes what has waited longest due at the next sweep, until it holds so many events', async () => {
    const requests = [await land(2), await land(3), await land(4)];
    expect(await rung()).toEqual([]);
    expect(await call('CALL process_events_batch(1)')).toEqual({ events_due: 2 });
    expect(await rung()).toEqual(requests.slice(0, 1));
    // The first two hold 2 and 5 events; the second begins below 3.
    expect(await call('CALL process_events_batch(batch_size := 3)')).toEqual({ events_due: 5 });
    expect(new Set(await rung())).toEqual(new Set(requests.slice(0, 2)));
    await shop.load(await shop.stage(requests));
    expect(await call('CALL process_events_batch()')).toEqual({ events_due: 0 });
  });

  it('leaves alone what a worker holds', async () => {
    const [held, free] = [await land(1), await land(1)];
    const worker = await database.pool.connect();
    await worker.query('BEGIN');
    await worker.query('SELECT 1 FROM raw.pending_requests WHERE request_id = $1 FOR UPDATE', [held]);
    expect(await call('CALL process_events_batch(10)')).toEqual({ events_due: 1 });
    await worker.query('ROLLBACK');
    worker.release();
    expect(await rung()).toEqual([free]);
    await shop.load(await shop.stage([held, free]));
  });

  it.each(['0', '-1', 'NULL'])('refuses a batch of %s events', async (size) => {
    await expect(call(`CALL process_events_batch(${size})`)).rejects.toThrow(
      'batch_size is a number of events',
    );
  });
});

describe('update_active_sessions', () => {
  it('closes what has been silent for 30 minutes, of every tenant, and takes the snapshots that are due', async () => {
    const other = await createTenant(database.pool, 'other');
    await shop.track([view(ago(2, '10:00:00'), '/', { session_id: 'a' })]);
    await other.track([
      view(ago(2, '10:00:00'), '/', { session_id: 'a' }),
      view(new Date().toISOString(), '/', { session_id: 'goes-on' }),
    ]);
    await call('CALL update_active_sessions()');
    const { rows } = await inAnalytics(
      database.pool,
      "SELECT session_id, is_open FROM user_sessions WHERE session_id IN ('a', 'goes-on') ORDER BY session_id",
    );
    expect(rows).toEqual([
      { session_id: 'a', is_open: false },
      { session_id: 'a', is_open: false },
      { session_id: 'goes-on', is_open: true },
    ]);
    const snapshots = await database.pool.query(
      `SELECT (SELECT count(*)::int FROM business.site_visitor_snapshot_s WHERE tenant_hk = $1) > 0 AS visitors,
              (SELECT count(*)::int FROM business.site_page_snapshot_s WHERE tenant_hk = $1) > 0 AS pages`,
      [other.tenantHk],
    );
    expect(snapshots.rows).toEqual([{ visitors: true, pages: true }]);
  });

  it('says how many sessions it handled', async () => {
    await shop.track([
      view(ago(2, '11:00:00'), '/', { session_id: 'b' }),
      view(ago(2, '11:00:00'), '/', { session_id: 'c' }),
    ]);
    expect(await call('CALL update_active_sessions()')).toEqual({ sessions_handled: 2 });
  });
});

describe('cleanup_processed_events', () => {
  /** A request that arrived so many days ago. */
  const old = async (days: number, count: number, more: object = {}): Promise<string> => {
    const request = await land(count, more);
    for (const table of ['raw.pending_requests', 'raw.site_tracking_requests_r']) {
      await database.pool.query(
        `UPDATE ${table} SET received_timestamp = received_timestamp - make_interval(days => $2) WHERE request_id = $1`,
        [request, days],
      );
    }
    return request;
  };
  const kept = async (requests: readonly string[]): Promise<string[]> => {
    const { rows } = await database.pool.query<{ request_id: string }>(
      'SELECT request_id::text FROM raw.site_tracking_requests_r WHERE request_id = ANY ($1)',
      [requests],
    );
    return requests.filter((request) => rows.some(({ request_id }) => request_id === request));
  };

  it('deletes whole requests that are in the vault and old enough; never one that is pending or partly in quarantine', async () => {
    const done = await old(5, 2, { page_title: 'Cleaned' });
    const young = await old(3, 1);
    const pending = await old(5, 1);
    const partly = await old(5, 2);
    // What an older release accepted: the second event has no page any more.
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET event_context = '{"1": {"payload": {"event_type": "page_view"}}}' WHERE request_id = $1`,
      [partly],
    );
    await shop.load(await shop.stage([done, young, partly]));
    expect(await call('CALL cleanup_processed_events(4)')).toEqual({ events_deleted: 2 });
    expect(await kept([done, young, pending, partly])).toEqual([young, pending, partly]);
    await shop.load(await shop.stage([pending]));
    expect(await call('CALL cleanup_processed_events(retention_days := 4)')).toEqual({ events_deleted: 1 });
    expect(await kept([young, pending, partly])).toEqual([young, partly]);
  });

  it('keeps whole days, and what the ledger has not settled', async () => {
    const startOfDay = new Date().setUTCHours(0, 0, 0, 0);
    const requests = [await old(1, 1), await old(2, 1), await old(3, 1)];
    await shop.load(await shop.stage(requests));
    const arrive = (request: string | undefined, at: number) =>
      database.pool.query(
        'UPDATE raw.site_tracking_requests_r SET received_timestamp = $2 WHERE request_id = $1',
        [request, new Date(at)],
      );
    await arrive(requests[0], startOfDay - 86_400_000);
    await arrive(requests[1], startOfDay - 86_400_000 - 1);
    await database.pool.query(
      `INSERT INTO raw.ledger_days (tenant_id, day, received, without_raw_row, stored, bots, duplicate, quarantined, refused, anonymised, dropped, pending, refusals, balanced_at)
       VALUES ('shop', $1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', now())`,
      [new Date(startOfDay - 3 * 86_400_000).toISOString().slice(0, 10)],
    );
    expect(await call('CALL cleanup_processed_events(1)')).toEqual({ events_deleted: 1 });
    expect(await kept(requests)).toEqual([requests[0], requests[2]]);
  });

  it('leaves vault, marts and the memory of ids; the log shows what the vault holds of the payload', async () => {
    const sent = {
      event_id: '0190a0b0-c0d0-7000-8000-00000000c1ea',
      event_type: 'pageview',
      timestamp: ago(1, '12:00:00'),
      url: 'https://shop.example/kept',
      session_id: 'kept',
      visitor_id: 'k',
      colour: 'red',
    };
    const { pending } = await shop.track([sent]);
    await database.pool.query(
      `UPDATE raw.site_tracking_requests_r SET received_timestamp = received_timestamp - interval '1 day'
       WHERE request_id = $1`,
      [pending[0]?.requestId],
    );
    await call('CALL cleanup_processed_events(0)');
    const { rows } = await inAnalytics(
      database.pool,
      "SELECT raw_event_data FROM events_log WHERE session_id = 'kept'",
    );
    expect(rows).toEqual([
      {
        raw_event_data: {
          event_id: sent.event_id,
          event_type: 'page_view',
          timestamp: sent.timestamp,
          page_url: sent.url,
          session_id: 'kept',
          visitor_id: 'k',
          colour: 'red',
          event_action: 'view',
          event_category: 'navigation',
          conversion_funnel_stage: 'awareness',
        },
      },
    ]);
    const again = await shop.track([sent]);
    expect(again.pending).toEqual([]);
  });

  it.each(['-1', 'NULL'])('refuses %s days', async (days) => {
    await expect(call(`CALL cleanup_processed_events(${days})`)).rejects.toThrow(
      'retention_days is a number of days',
    );
  });
});
