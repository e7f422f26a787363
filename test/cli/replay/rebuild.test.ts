import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyForRebuild } from '../../../lambdas/lifecycle/replay/rebuild.ts';
import { takeSnapshots } from '../../../lambdas/lifecycle/snapshots.ts';
import { sweep } from '../../../lambdas/pipeline/sweep.ts';
import { recordingBell, silent } from '../../support/pipeline.ts';
import { createSetting, type Setting } from './setting.ts';
import { currentDump, dropVault, tableDump, viewDump } from './vault-dump.ts';

const EVENTS = 2_100;
const HOUR = 60 * 60 * 1_000;

let setting: Setting;
/** The same time in all runs, long after the last event: every session is over. */
const asOf = new Date(Date.now() + 2 * HOUR);
const settle = () => takeSnapshots(setting.pool, silent, asOf);
const idsOf = (tenantId: string) =>
  setting.requests.filter((request) => request.tenantId === tenantId).map(({ id }) => id);
/** The vault that requests make when they are loaded one by one in the order of arrival. */
let reference: Record<string, string>;
/** The same before any session closed: what the accumulators hold. */
let live: Record<string, string>;

beforeAll(async () => {
  setting = await createSetting(EVENTS);
  await setting.loadInOrder(setting.requests.map(({ id }) => id));
  live = await tableDump(setting.pool);
  await settle();
  reference = await tableDump(setting.pool);
}, 120_000);
afterAll(() => setting.database.drop());

const rebuild = async (...argv: string[]) => {
  expect(await setting.replay(['--rebuild', '--yes', ...argv])).toMatchObject({ exitCode: 0, stderr: '' });
};
const emptyTables = (dump: Record<string, string>) =>
  Object.keys(dump).filter((table) => dump[table]?.startsWith('0 '));

describe('a rebuild', { timeout: 180_000 }, () => {
  it('of a dropped vault is the same byte for byte each time, whatever the workers, and the vault that was dropped', async () => {
    expect([
      emptyTables(live).filter((table) => !table.endsWith('_snapshot_s')),
      emptyTables(reference),
    ]).toEqual([['late_observations'], ['late_observations', 'site_session_acc']]);
    for (const workers of ['2', '5']) {
      await dropVault(setting.pool);
      await rebuild('--workers', workers);
      expect(await tableDump(setting.pool)).toEqual(live);
      await settle();
      expect(await tableDump(setting.pool)).toEqual(reference);
    }
  });

  it('happens without --rebuild as well when the vault was dropped, and once more changes nothing', async () => {
    await dropVault(setting.pool);
    expect(await setting.replay([])).toMatchObject({ exitCode: 0 });
    await settle();
    expect(await tableDump(setting.pool)).toEqual(reference);
    expect(await setting.replay([])).toMatchObject({ exitCode: 0 });
    await settle();
    expect(await tableDump(setting.pool)).toEqual(reference);
  });

  it('is equal to the vault that eight workers loaded at once, up to who saw a key first', async () => {
    await emptyForRebuild(context(), null);
    const ids = setting.requests.map(({ id }) => id);
    const staged = await setting.a.stage(ids);
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        const mine = staged.filter((_, index) => (index + worker) % 3 === 0);
        for (const id of worker % 2 === 0 ? mine : mine.toReversed()) await setting.a.load([id]);
      }),
    );
    await settle();
    const concurrent = await viewDump(setting.pool);
    await rebuild();
    await settle();
    expect(await viewDump(setting.pool)).toEqual(concurrent);
    expect(await tableDump(setting.pool)).toEqual(reference);
  });

  it('that was killed in the middle and is run again, or gone on with, ends in the same vault', async () => {
    for (const again of [[], ['--rebuild', '--yes']]) {
      const killed = await setting.replay(['--rebuild', '--yes', '--workers', '1'], {
        started: async (child) => {
          while ((await pendingRequests()) === 0) await sleep(2);
          const all = await pendingRequests();
          while ((await pendingRequests()) === all) await sleep(2);
          child.kill('SIGKILL');
        },
      });
      expect(killed.signal).toBe('SIGKILL');
      expect(await pendingRequests()).toBeGreaterThan(0);
      expect(await setting.count('business.site_event_nl')).toBeGreaterThan(0);
      expect(await setting.replay(again)).toMatchObject({ exitCode: 0 });
      expect(await pendingRequests()).toBe(0);
      await settle();
      expect(await tableDump(setting.pool)).toEqual(reference);
    }
  });

  it('that is interrupted ends between two transactions, says how to go on, and can be gone on with', async () => {
    const interrupted = await setting.replay(['--rebuild', '--yes', '--workers', '1'], {
      started: async (child) => {
        while ((await pendingRequests()) === 0) await sleep(2);
        child.kill('SIGINT');
      },
    });
    expect(interrupted.exitCode).toBe(130);
    expect(interrupted.stderr).toContain('Run `onevault replay` to go on');
    expect(await pendingRequests()).toBeGreaterThan(0);
    expect(await setting.replay([])).toMatchObject({ exitCode: 0 });
    await settle();
    expect(await tableDump(setting.pool)).toEqual(reference);
  });

  it('of one tenant leaves every row of the others as it is', async () => {
    const others = () =>
      setting.pool.query(
        `SELECT array_agg((ctid::text, xmin::text, site_event_hk) ORDER BY site_event_hk) AS rows
         FROM business.site_event_nl WHERE tenant_hk = $1`,
        [setting.b.tenantHk],
      );
    const before = await others();
    await rebuild('--tenant', setting.a.tenantId);
    await settle();
    expect((await others()).rows).toEqual(before.rows);
    expect(await tableDump(setting.pool)).toEqual(reference);
  });

  it('empties of a tenant exactly what it brought, and marks its requests and no others, which the sweeper leaves alone', async () => {
    await emptyForRebuild(context(), null);
    await setting.loadInOrder(idsOf(setting.b.tenantId));
    await settle();
    const alone = await tableDump(setting.pool);
    await setting.loadInOrder(idsOf(setting.a.tenantId));
    await settle();
    expect(await tableDump(setting.pool)).toEqual(reference);
    await emptyForRebuild(context(), [setting.a.tenantId]);
    expect(await tableDump(setting.pool)).toEqual(alone);
    const { rows } = await setting.pool.query(
      'SELECT request_id::text AS id FROM raw.pending_requests ORDER BY raw.pending_requests.request_id',
    );
    expect(rows.map(({ id }) => id)).toEqual(idsOf(setting.a.tenantId));
    const bells = { LANDED: recordingBell(), STAGED: recordingBell() };
    await sweep(setting.pool, bells, silent, 1);
    expect([...bells.LANDED.rung, ...bells.STAGED.rung]).toEqual([]);
    expect(await setting.replay([])).toMatchObject({ exitCode: 0 });
    await settle();
    expect(await tableDump(setting.pool)).toEqual(reference);
  });

  it('waits for the loads under way before it empties anything', async () => {
    const loader = await setting.pool.connect();
    await loader.query('BEGIN');
    await loader.query('LOCK TABLE business.site_event_nl IN ROW EXCLUSIVE MODE');
    const emptied = emptyForRebuild(context(), [setting.a.tenantId]);
    while ((await setting.count('pg_locks WHERE NOT granted')) === 0) await sleep(5);
    expect(await tableDump(setting.pool)).toEqual(reference);
    expect(await pendingRequests()).toBe(0);
    await loader.query('COMMIT');
    loader.release();
    await emptied;
    expect(await setting.count('business.site_event_nl WHERE tenant_hk = $1', [setting.a.tenantHk])).toBe(0);
    expect(await setting.replay([])).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['all tenants', []],
    ['one tenant', ['--tenant', 'replay-a']],
  ])('of %s loses nothing and counts nothing twice while pipeline and maintenance go on', async (_, argv) => {
    const before = await liveEvents();
    const running = setting.replay(['--rebuild', '--yes', ...argv]);
    let ended = false;
    void running.finally(() => {
      ended = true;
    });
    const maintenance = (async () => {
      while (!ended) {
        await settle();
        await sleep(100);
      }
    })();
    let sent = 0;
    for (; !ended; sent += 1) {
      await setting.a.track([
        { event_type: 'page_view', page_url: 'https://shop.example/hot', visitor_id: `live-${sent % 3}` },
      ]);
    }
    await maintenance;
    expect(sent).toBeGreaterThan(5);
    expect(await running).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await pendingRequests()).toBe(0);
    const unexplained = await setting.pool.query(
      `SELECT
         (SELECT count(*)::int FROM business.site_event_nl AS e
          WHERE NOT EXISTS (SELECT 1 FROM business.site_visitor_h AS h WHERE h.site_visitor_hk = e.site_visitor_hk)
             OR NOT EXISTS (SELECT 1 FROM business.site_page_h AS h WHERE h.site_page_hk = e.site_page_hk)
             OR NOT EXISTS (SELECT 1 FROM business.session_slice_h AS h WHERE h.session_slice_hk = e.session_slice_hk)
             OR NOT EXISTS (SELECT 1 FROM business.traffic_source_r AS r WHERE r.traffic_source_id = e.traffic_source_id)
             OR NOT EXISTS (SELECT 1 FROM business.site_visitor_state_r AS r
                            WHERE r.site_visitor_hk = e.site_visitor_hk AND r.visitor_state_id = e.visitor_state_id)) AS halves,
         (SELECT count(*)::int FROM business.site_event_nl) AS events,
         (SELECT sum(total_events)::int FROM business.site_visitor_acc) AS counted`,
    );
    const { halves, events, counted } = unexplained.rows[0];
    expect({ halves, counted }).toEqual({ halves: 0, counted: events });
    expect(await liveEvents()).toBe(before + sent);
    await settle();
    const current = await currentDump(setting.pool);
    await rebuild();
    await settle();
    expect(await currentDump(setting.pool)).toEqual(current);
  });

  it('of everything waits until no reader is in the way, and hurts none', async () => {
    const reader = await setting.pool.connect();
    // It would find a deadlock, and end by it, before the one that it waits for does.
    await reader.query("SET deadlock_timeout = '300ms'");
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM business.business_item_snapshot_s');
    let emptied = false;
    const emptying = emptyForRebuild(context(), null).then(() => {
      emptied = true;
    });
    while ((await setting.count('pg_locks WHERE NOT granted')) === 0) await sleep(1);
    // A table that whoever waits for the reader's would have taken already.
    await reader.query('SELECT count(*) FROM business.site_event_nl');
    expect(emptied).toBe(false);
    await reader.query('COMMIT');
    reader.release(true);
    await emptying;
    expect(await setting.count('business.site_event_nl')).toBe(0);
    expect(await setting.replay([])).toMatchObject({ exitCode: 0 });
  });

  it('stages again what was staged by an older rule', async () => {
    const { pending } = await setting.a.land([{ event_type: 'older_rule', visitor_id: 'staged' }]);
    await setting.a.stage(pending.map(({ requestId }) => requestId));
    await setting.pool.query("UPDATE staging.site_events_staging SET bot_reason = 'older rule'");
    await rebuild();
    const { rows } = await setting.pool.query(
      "SELECT bot_reason FROM business.site_event_nl WHERE event_type = 'older_rule'",
    );
    expect(rows).toEqual([{ bot_reason: null }]);
  });
});

describe('a rebuild changes nothing', { timeout: 60_000 }, () => {
  it('without consent', async () => {
    const before = await tableDump(setting.pool);
    const refused = await setting.replay(['--rebuild']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('Pass --yes');
    expect(await tableDump(setting.pool)).toEqual(before);
    expect(await pendingRequests()).toBe(0);
  });

  it('when the raw layer has forgotten an event of the vault, and says how many', async () => {
    const before = await tableDump(setting.pool);
    const [first] = setting.requests;
    const { rows } = await setting.pool.query(
      'DELETE FROM raw.site_tracking_requests_r WHERE request_id = $1 RETURNING event_count',
      [first?.id],
    );
    const refused = await setting.replay(['--rebuild', '--yes', '--tenant', first?.tenantId ?? '']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      `${rows[0].event_count} events of the vault are no longer in the raw layer`,
    );
    expect(await tableDump(setting.pool)).toEqual(before);
    expect(await pendingRequests()).toBe(0);
  });
});

function context() {
  return {
    pool: setting.pool,
    logger: silent,
    workers: 2,
    stop: new AbortController().signal,
    onProgress: () => undefined,
  };
}

const liveEvents = () =>
  setting.count(
    "business.site_event_nl JOIN business.site_visitor_h USING (site_visitor_hk) WHERE site_visitor_bk LIKE 'live-%'",
  );
const pendingRequests = () => setting.count('raw.pending_requests');
