import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { asOnlyReplay } from '../../../lambdas/lifecycle/replay/lock.ts';
import { quarantine } from '../../../lambdas/pipeline/quarantine.ts';
import { inTransaction } from '../../../lambdas/platform/postgres.ts';
import { createSetting, readReport, type Setting, TENANTS } from './setting.ts';
import { tableDump } from './vault-dump.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await createSetting(600);
}, 60_000);
afterAll(() => setting.database.drop());
afterEach(async () => {
  expect(await setting.count('raw.pending_requests')).toBe(0);
});

const report = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await setting.replay(['--json', ...argv]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return readReport(stdout);
};
const landOne = async (payload: object = {}) => {
  const event = {
    event_type: 'page_view',
    page_url: 'https://shop.example/lost',
    visitor_id: 'lost',
    ...payload,
  };
  const { pending, verdicts } = await setting.a.land([event]);
  const [requestId, verdict] = [pending[0]?.requestId ?? '', verdicts[0]];
  return { requestId, rawEventId: String(BigInt(requestId) * 1024n), eventId: verdict?.event_id ?? '' };
};
/** Leaves an event as an older rule left it that refused it: in quarantine, with the row in staging that says why. */
async function refuse({ requestId, rawEventId }: Awaited<ReturnType<typeof landOne>>): Promise<void> {
  await setting.a.stage([requestId]);
  await inTransaction(setting.pool, async (client) => {
    const { rows } = await client.query<{ received: Date }>(
      `UPDATE staging.site_events_staging SET validation_status = 'INVALID' WHERE staging_event_id = $1 RETURNING received_timestamp AS received`,
      [rawEventId],
    );
    const received = rows[0]?.received ?? new Date(0);
    await quarantine(client, 'STAGING', [
      { rawEventId, received, code: 'older_rule', reasons: ['An older rule.'] },
    ]);
    await client.query('DELETE FROM raw.pending_requests WHERE request_id = $1', [requestId]);
  });
}
const statusOf = async (eventId: string) => {
  const { rows } = await setting.pool.query(
    'SELECT processing_status FROM raw.site_tracking_events_r WHERE event_id = $1',
    [eventId],
  );
  return rows[0]?.processing_status;
};

it('goes on with what is on its way, in the order of arrival', async () => {
  const { events, pending_requests } = await report();
  expect({ events, pending_requests }).toEqual({ events: 0, pending_requests: setting.requests.length });
  const inReplayOrder = await tableDump(setting.pool);
  expect(await setting.replay(['--rebuild', '--yes'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await tableDump(setting.pool)).toEqual(inReplayOrder);
});

it('loads what the vault lacks, of the tenant that is asked for only, and once', async () => {
  const lost = [await landOne(), await landOne()];
  const { pending } = await setting.b.land([
    { event_type: 'page_view', page_url: 'https://shop.example/lost' },
  ]);
  await setting.pool.query('DELETE FROM raw.pending_requests');
  const events = await setting.count('business.site_event_nl');
  expect(await report('--diff')).toMatchObject({ missing: 3, changed: 0, tenants_to_rebuild: [] });
  expect(await setting.count('business.site_event_nl')).toBe(events);
  expect(await report('--tenant', TENANTS[0])).toMatchObject({ missing: 2 });
  expect(await setting.count('business.site_event_nl')).toBe(events + 2);
  const visits = await setting.pool.query(
    `SELECT total_events FROM business.site_visitor_acc JOIN business.site_visitor_h USING (site_visitor_hk) WHERE site_visitor_bk = 'lost'`,
  );
  expect(visits.rows).toEqual([{ total_events: lost.length }]);
  expect(await report()).toMatchObject({ missing: pending.length });
  const loaded = await tableDump(setting.pool);
  expect(await report()).toMatchObject({ missing: 0, same: events + 3 });
  expect(await tableDump(setting.pool)).toEqual(loaded);
});

it('accepts what an older rule refused: in the vault, out of quarantine, no error any more', async () => {
  const refused = await landOne({ page_title: 'Refused once' });
  await refuse(refused);
  expect(await statusOf(refused.eventId)).toBe('ERROR');
  expect(await report('--diff')).toMatchObject({
    accepted: 1,
    missing: 0,
    examples: [{ event_id: refused.eventId, verdict: 'accepted' }],
  });
  expect(await statusOf(refused.eventId)).toBe('ERROR');
  expect(await report()).toMatchObject({ accepted: 1 });
  expect(await statusOf(refused.eventId)).toBe('PROCESSED');
  expect(await setting.count('business.site_event_nl WHERE site_event_bk = $1', [refused.eventId])).toBe(1);
  expect(await setting.count('staging.site_events_staging')).toBe(0);
  expect(await report()).toMatchObject({ accepted: 0 });
});

it('leaves an event in quarantine as it is that is refused still', async () => {
  const refused = await landOne();
  await refuse(refused);
  await setting.pool.query(
    `UPDATE raw.site_tracking_requests_r SET event_context = '{"0": {"payload": {"event_type": "page_view"}}}' WHERE request_id = $1`,
    [refused.requestId],
  );
  const rows = () =>
    setting.pool.query('SELECT * FROM staging.quarantined_events WHERE raw_event_id IS NOT NULL');
  const before = await rows();
  expect(before.rows).toHaveLength(1);
  expect(await report()).toMatchObject({ accepted: 0, refused: 0, missing: 0 });
  expect((await rows()).rows).toEqual(before.rows);
});

it('quarantines what is nowhere and refused', async () => {
  const nowhere = await landOne();
  await setting.pool.query(
    `WITH altered AS (UPDATE raw.site_tracking_requests_r SET event_context = '{"0": {"payload": {"event_type": "page_view"}}}' WHERE request_id = $1)
     DELETE FROM raw.pending_requests WHERE request_id = $1`,
    [nowhere.requestId],
  );
  expect(await report()).toMatchObject({ refused: 1 });
  expect(await statusOf(nowhere.eventId)).toBe('ERROR');
  expect(await report()).toMatchObject({ refused: 0 });
});

it('ends the quarantine of an event that is in the vault', async () => {
  const { requestId, rawEventId, eventId } = await landOne();
  await setting.a.load(await setting.a.stage([requestId]));
  await quarantine(setting.pool, 'STAGING', [
    { rawEventId, received: await receivedOf(requestId), code: 'older_rule', reasons: [] },
  ]);
  expect(await statusOf(eventId)).toBe('ERROR');
  expect(await report()).toMatchObject({ released: 1 });
  expect(await statusOf(eventId)).toBe('PROCESSED');
});

it('waits for a request that another worker holds, and for what comes after it', async () => {
  const { requestId } = await landOne();
  const worker = await setting.pool.connect();
  await worker.query('BEGIN');
  await worker.query('SELECT 1 FROM raw.pending_requests WHERE request_id = $1 FOR UPDATE', [requestId]);
  let ended = false;
  const running = report().finally(() => {
    ended = true;
  });
  const busy = () => setting.count("pg_stat_activity WHERE query LIKE '-- Which of the given requests%'");
  while ((await busy()) === 0) await sleep(10);
  expect(ended).toBe(false);
  await worker.query('COMMIT');
  worker.release();
  expect(await running).toMatchObject({ pending_requests: 1 });
});

it('is the only replay of its database, or none', { timeout: 60_000 }, async () => {
  await asOnlyReplay(setting.pool, async () => {
    const second = await setting.replay([]);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain('Another replay of this database, or an erasure, is under way');
    expect((await setting.replay(['--diff'])).exitCode).toBe(0);
  });
  expect((await setting.replay([])).exitCode).toBe(0);
});

async function receivedOf(requestId: string): Promise<Date> {
  const { rows } = await setting.pool.query<{ received: Date }>(
    'SELECT received_timestamp AS received FROM raw.site_tracking_requests_r WHERE request_id = $1',
    [requestId],
  );
  return rows[0]?.received ?? new Date(0);
}
