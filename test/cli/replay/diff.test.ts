import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { takeSnapshots } from '../../../lambdas/lifecycle/snapshots.ts';
import { eventKey } from '../../../lambdas/vault/hash-key.ts';
import { silent } from '../../support/pipeline.ts';
import { createSetting, readReport, type Setting, TENANTS } from './setting.ts';
import { tableDump } from './vault-dump.ts';

const HOUR = 60 * 60 * 1_000;
const asOf = new Date(Date.now() + 2 * HOUR);

let setting: Setting;
let reference: Record<string, string>;
const settle = () => takeSnapshots(setting.pool, silent, asOf);

beforeAll(async () => {
  setting = await createSetting(1_500);
  await setting.loadInOrder(setting.requests.map(({ id }) => id));
  await settle();
  reference = await tableDump(setting.pool);
}, 120_000);
afterAll(() => setting.database.drop());

const diff = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await setting.replay(['--diff', '--json', ...argv]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return readReport(stdout);
};

const chosenEvents = z.array(
  z.object({
    hk: z.instanceof(Buffer),
    at: z.date(),
    load_date: z.date(),
    id: z.string(),
  }),
);
/** The first events of a tenant that a condition is true of. */
async function eventsOf(tenantHk: Buffer, condition: string, limit: number) {
  const { rows } = await setting.pool.query(
    `SELECT site_event_hk AS hk, event_timestamp AS at, load_date, site_event_bk::text AS id
     FROM business.site_event_nl AS e WHERE tenant_hk = $1 AND ${condition} ORDER BY site_event_hk LIMIT $2`,
    [tenantHk, limit],
  );
  const events = chosenEvents.parse(rows);
  expect(events).toHaveLength(limit);
  return events;
}

it('shows nothing while rules and vault agree, and writes nothing', { timeout: 60_000 }, async () => {
  const events = await setting.count('business.site_event_nl');
  expect(await diff()).toEqual({
    events,
    same: events,
    changed: 0,
    dropped: 0,
    missing: 0,
    accepted: 0,
    refused: 0,
    released: 0,
    expired: 0,
    pending_requests: 0,
    columns: {},
    tenants_to_rebuild: [],
    examples: [],
  });
  expect(await tableDump(setting.pool)).toEqual(reference);
});

it('compares what arrived from one time on and before another, of one tenant or of all', {
  timeout: 60_000,
}, async () => {
  const { rows } = await setting.pool.query(
    `SELECT percentile_disc(0.1) WITHIN GROUP (ORDER BY received_timestamp) AS from_time,
            percentile_disc(0.9) WITHIN GROUP (ORDER BY received_timestamp) AS to_time
     FROM raw.site_tracking_requests_r`,
  );
  const [from, to] = [rows[0].from_time.toISOString(), rows[0].to_time.toISOString()];
  const inRange = (tenant: string | null) =>
    setting.count(
      'raw.site_tracking_events_r WHERE received_timestamp >= $1 AND received_timestamp < $2 AND ($3::text IS NULL OR tenant_id = $3)',
      [from, to, tenant],
    );
  const all = await inRange(null);
  const one = await inRange(TENANTS[1]);
  expect(one).toBeGreaterThan(0);
  expect(all).toBeGreaterThan(one);
  expect(await diff('--from', from, '--to', to)).toMatchObject({ events: all, same: all });
  expect(await diff('--from', from, '--to', to, '--tenant', TENANTS[1])).toMatchObject({
    events: one,
    same: one,
  });
});

it('shows exactly what a changed rule changes; a rebuild applies it, and then there is nothing to show', {
  timeout: 180_000,
}, async () => {
  const { pool, a } = setting;
  // What older rules would have written: another bot reason, channel, page category, item, session and time.
  const bots = await eventsOf(a.tenantHk, 'bot_reason IS NULL', 7);
  await pool.query(
    `UPDATE business.site_event_nl SET bot_reason = 'older rule' WHERE site_event_hk = ANY ($1)`,
    [bots.map(({ hk }) => hk)],
  );
  const sources = await eventsOf(
    a.tenantHk,
    "bot_reason IS NULL AND (SELECT channel FROM business.traffic_source_r WHERE traffic_source_id = e.traffic_source_id) = 'direct'",
    5,
  );
  await pool.query(
    `INSERT INTO business.traffic_source_r (traffic_source_id, tenant_hk, channel) VALUES (42, $1, 'older rule')`,
    [a.tenantHk],
  );
  await pool.query(
    `UPDATE business.site_event_nl SET traffic_source_id = 42 WHERE site_event_hk = ANY ($1)`,
    [sources.map(({ hk }) => hk)],
  );
  const chosen = new Set([...bots, ...sources].map(({ id }) => id));
  const untouched = `page_state_id IS NOT NULL AND site_event_bk::text <> ALL ('{${[...chosen].join(',')}}')`;
  const pages = await eventsOf(a.tenantHk, untouched, 3);
  for (const { hk } of pages) {
    await pool.query(
      `WITH older AS (
         INSERT INTO business.site_page_state_r
         SELECT state.site_page_hk, 42, state.tenant_hk, page_title, page_path, page_hostname, 'older rule', page_type
         FROM business.site_page_state_r AS state JOIN business.site_event_nl AS event USING (site_page_hk, page_state_id)
         WHERE event.site_event_hk = $1
         ON CONFLICT DO NOTHING
       )
       UPDATE business.site_event_nl SET page_state_id = 42 WHERE site_event_hk = $1`,
      [hk],
    );
  }
  const linked = await pool.query(
    `SELECT link.site_event_hk AS hk, event.site_event_bk::text AS id, item.business_item_bk AS item
     FROM business.event_business_item_nl AS link
     JOIN business.site_event_nl AS event USING (site_event_hk) JOIN business.business_item_h AS item USING (business_item_hk)
     WHERE link.tenant_hk = $1 AND event.bot_reason IS NULL AND event.traffic_source_id <> 42 AND event.page_state_id IS DISTINCT FROM 42
       AND (SELECT count(*) FROM business.event_business_item_nl AS l WHERE l.site_event_hk = link.site_event_hk) = 1
     ORDER BY 1 LIMIT 2`,
    [a.tenantHk],
  );
  const [unlinked, renamed] = linked.rows;
  await pool.query('DELETE FROM business.event_business_item_nl WHERE site_event_hk = $1', [unlinked.hk]);
  await pool.query(
    `WITH older AS (
       INSERT INTO business.business_item_state_r
       SELECT state.business_item_hk, 42, state.tenant_hk, 'older rule', item_type, item_category, item_description, item_value,
              item_currency, is_active, business_metadata
       FROM business.business_item_state_r AS state
       JOIN business.event_business_item_nl AS link USING (business_item_hk, item_state_id) WHERE link.site_event_hk = $1
     )
     UPDATE business.event_business_item_nl SET item_state_id = 42 WHERE site_event_hk = $1`,
    [renamed.hk],
  );
  const [moved] = await eventsOf(
    a.tenantHk,
    `site_event_bk::text <> ALL ('{${[...chosen, ...pages.map(({ id }) => id), unlinked.id, renamed.id].join(',')}}')
     AND event_timestamp <> load_date AND NOT EXISTS (SELECT 1 FROM business.event_business_item_nl AS l WHERE l.site_event_hk = e.site_event_hk)`,
    1,
  );
  if (moved === undefined) throw new Error('There is no event to move.');
  await pool.query(
    'UPDATE business.site_event_nl SET event_timestamp = load_date, site_event_hk = $2 WHERE site_event_hk = $1',
    [moved.hk, eventKey(a.tenantId, moved.id, moved.load_date)],
  );

  const altered = await tableDump(pool);
  const found = await diff('--examples', '100');
  const changed = 7 + 5 + 3 + 2 + 1;
  expect(found).toMatchObject({
    changed,
    same: found.events - changed,
    missing: 0,
    tenants_to_rebuild: [TENANTS[0]],
    columns: {
      'site_event_nl.bot_reason': 7,
      'traffic_source_r.channel': 5,
      'site_page_state_r.page_category': 3,
      'event_business_item_nl.business_item_bk': 1,
      'business_item_state_r.item_name': 1,
      'site_event_nl.event_timestamp': 1,
    },
  });
  expect(Object.keys(found.columns)).toHaveLength(6);
  const exampleOf = (id: string) => found.examples.find(({ event_id }) => event_id === id);
  expect(exampleOf(bots[0]?.id ?? '')).toEqual({
    tenant_id: TENANTS[0],
    event_id: bots[0]?.id,
    verdict: 'changed',
    differences: [{ table: 'site_event_nl', column: 'bot_reason', old: 'older rule', new: null }],
  });
  expect(exampleOf(sources[0]?.id ?? '')?.differences).toEqual([
    { table: 'traffic_source_r', column: 'channel', old: 'older rule', new: 'direct' },
  ]);
  expect(exampleOf(unlinked.id)?.differences).toEqual([
    { table: 'event_business_item_nl', column: 'business_item_bk', old: null, new: unlinked.item },
  ]);
  expect(exampleOf(moved.id)?.differences).toEqual([
    {
      table: 'site_event_nl',
      column: 'event_timestamp',
      old: moved.load_date.toISOString(),
      new: moved.at.toISOString(),
    },
  ]);
  expect(found.examples).toHaveLength(changed);
  expect((await diff('--examples', '4')).examples).toHaveLength(4);
  expect(await diff('--tenant', TENANTS[1])).toMatchObject({ changed: 0, columns: {} });
  expect(await tableDump(pool)).toEqual(altered);

  const undecided = await setting.replay([]);
  expect(undecided.exitCode).toBe(1);
  expect(undecided.stdout).toMatch(/changed +18 {2}in the vault with other values/);
  expect(undecided.stdout).toMatch(/site_event_nl\.bot_reason +7\n/);
  expect(undecided.stdout).toContain('    site_event_nl.bot_reason: "older rule" → null\n');
  expect(undecided.stderr).toContain(`The vault of ${TENANTS[0]} was not rebuilt`);
  expect(await tableDump(pool)).toEqual(altered);

  expect(await setting.replay(['--yes'])).toMatchObject({ exitCode: 0 });
  await settle();
  expect(await tableDump(pool)).toEqual(reference);
  expect(await diff()).toMatchObject({ changed: 0, same: found.events, columns: {}, examples: [] });
  expect(await setting.replay(['--yes'])).toMatchObject({ exitCode: 0 });
  expect(await tableDump(pool)).toEqual(reference);
});

it('shows what the rules of today refuse; a rebuild takes it out of the vault and into quarantine', {
  timeout: 120_000,
}, async () => {
  const { pool, a } = setting;
  const [dropped] = await eventsOf(a.tenantHk, "event_type = 'page_view'", 1);
  // The event as an older rule let it in: a page view without a page.
  await pool.query(
    `UPDATE raw.site_tracking_requests_r
     SET event_context = coalesce(event_context, '{}') || jsonb_build_object(
       (array_position(event_ids, $1::uuid) - 1)::text, '{"payload": {"event_type": "page_view"}}'::jsonb)
     WHERE $1::uuid = ANY (event_ids) AND tenant_id = $2`,
    [dropped?.id, a.tenantId],
  );
  expect(await diff()).toMatchObject({
    dropped: 1,
    changed: 0,
    tenants_to_rebuild: [TENANTS[0]],
    examples: [{ event_id: dropped?.id, verdict: 'dropped' }],
  });
  const before = await setting.count('business.site_event_nl');
  expect(await setting.replay(['--yes'])).toMatchObject({ exitCode: 0 });
  expect(await setting.count('business.site_event_nl')).toBe(before - 1);
  const { rows } = await pool.query(
    'SELECT event_id::text, stage, reason_code FROM staging.quarantined_events WHERE tenant_id = $1 AND raw_event_id IS NOT NULL',
    [a.tenantId],
  );
  expect(rows).toEqual([{ event_id: dropped?.id, stage: 'STAGING', reason_code: 'missing_field' }]);
  expect(await diff()).toMatchObject({ dropped: 0, refused: 0, same: before });
});
