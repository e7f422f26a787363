import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { closeSessions, inAnalytics } from './fixture.ts';
import { campaigns, topPages, unprocessedEvents } from './sample-statements.ts';

interface Node {
  readonly type: string;
  readonly relation: string | undefined;
  readonly index: string | undefined;
  readonly loops: number;
  /** Rows of the table that the node looked at, over all its loops. */
  readonly read: number;
  readonly children: readonly Node[];
}
const node: z.ZodType<Node> = z.lazy(() =>
  z
    .object({
      'Node Type': z.string(),
      'Relation Name': z.string().optional(),
      'Index Name': z.string().optional(),
      'Actual Loops': z.number(),
      'Actual Rows': z.number(),
      'Rows Removed by Filter': z.number().default(0),
      'Rows Removed by Index Recheck': z.number().default(0),
      Plans: z.array(node).default([]),
    })
    .transform((plan) => ({
      type: plan['Node Type'],
      relation: plan['Relation Name'],
      index: plan['Index Name'],
      loops: plan['Actual Loops'],
      read:
        (plan['Actual Rows'] + plan['Rows Removed by Filter'] + plan['Rows Removed by Index Recheck']) *
        plan['Actual Loops'],
      children: plan.Plans,
    })),
);
const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: node })]) })]);

const flat = (root: Node): Node[] => [root, ...root.children.flatMap(flat)];

let database: TestDatabase;
const EVENTS = 60_000;
const MONTHS = 12;

/** A year of events of many visitors, as the loader would have written them, without the time that it would take. */
beforeAll(async () => {
  database = await createDatabase();
  const tenant = await createTenant(database.pool, 'shop');
  await tenant.track([
    {
      event_type: 'page_view',
      page_url: 'https://shop.example/a',
      session_id: 'template',
      visitor_id: 'template',
    },
  ]);
  await database.pool.query(
    `CREATE TEMPORARY TABLE made ON COMMIT DROP AS
     SELECT
       n,
       'made-' || n / 10 AS session_id,
       -- Ten events a session, a minute apart, sessions evenly over the year, the last one an hour ago.
       date_trunc('second', now()) - INTERVAL '1 hour'
         - make_interval(secs => ((${EVENTS} - 1 - n) / 10) * ${(MONTHS * 30 * 86_400) / (EVENTS / 10)} + (9 - n % 10) * 60) AS at
     FROM generate_series(0, ${EVENTS - 1}) AS n;
     INSERT INTO business.session_slice_h (session_slice_hk, session_slice_bk, tenant_hk, load_date, record_source)
     SELECT util.hash_key('shop', session_id), session_id, template.tenant_hk, min(at), 'made'
     FROM made, business.session_slice_h AS template
     GROUP BY 1, 2, 3;
     INSERT INTO business.site_event_nl
     SELECT event.*
     FROM made, business.site_event_nl AS template, LATERAL jsonb_populate_record(template, jsonb_build_object(
       'event_timestamp', at,
       'load_date', at,
       'event_type', CASE n % 2 WHEN 0 THEN 'page_view' ELSE 'click' END,
       'site_event_bk', gen_random_uuid(),
       'site_event_hk', '\\x' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || encode(substring(util.hash_key(n::text) FOR 14), 'hex'),
       'session_slice_hk', util.hash_key('shop', session_id)
     )) AS event
     ORDER BY at;
     INSERT INTO business.site_session_snapshot_s (load_date, session_start_time, session_end_time, total_conversion_value,
       total_events, total_page_views, is_bounce, transaction_attempted, transaction_completed, site_session_hk, tenant_hk,
       entry_event_hk, exit_event_hk, business_context)
     SELECT min(e.event_timestamp), min(e.event_timestamp), max(e.event_timestamp), 0, count(*),
       count(*) FILTER (WHERE e.event_type = 'page_view'), false, false, false, e.session_slice_hk, e.tenant_hk,
       (array_agg(e.site_event_hk ORDER BY e.site_event_hk))[1], (array_agg(e.site_event_hk ORDER BY e.site_event_hk DESC))[1], '{}'
     FROM business.site_event_nl AS e
     WHERE e.load_date < now() - INTERVAL '10 minutes'
     GROUP BY e.session_slice_hk, e.tenant_hk`,
  );
  await closeSessions(database.pool);
  await database.pool.query('VACUUM ANALYZE');
});
afterAll(() => database.drop());

const nodesOf = async (statement: string): Promise<Node[]> => {
  const { rows } = await inAnalytics(database.pool, `EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`);
  return flat(explained.parse(rows)[0]['QUERY PLAN'][0].Plan).filter(({ loops }) => loops > 0);
};
/** What was read of the event table, by partition. */
const eventReads = async (statement: string) =>
  (await nodesOf(statement)).filter(({ relation }) => relation?.startsWith('site_event_nl_'));
const sum = (nodes: readonly Node[]): number => nodes.reduce((total, { read }) => total + read, 0);

describe('a question to the marts', () => {
  it('about seven days reads no event of an earlier month, though it asks how long pages were looked at', async () => {
    const { rows } = await database.pool.query<{ partition: string; events: number }>(
      `SELECT substring(tableoid::regclass::text FROM '[^.]+$') AS partition, count(*)::int AS events
       FROM business.site_event_nl
       WHERE tableoid IN (SELECT tableoid FROM business.site_event_nl WHERE event_timestamp > now() - INTERVAL '7 days')
       GROUP BY 1`,
    );
    const read = await eventReads(topPages);
    const partitions = read.filter((each) => each.read > 0).map(({ relation }) => relation);
    expect(new Set(partitions)).toEqual(new Set(rows.map((row) => row.partition)));
    // Not even looked into: what lies before them.
    const oldest = rows.map((row) => row.partition).sort()[0] ?? '';
    expect(read.filter(({ relation = '' }) => relation < oldest)).toEqual([]);
    // A week is a fiftieth of what is there; each of its views looks at the ten events of its session at most.
    const nearby = rows.reduce((total, row) => total + row.events, 0);
    expect(sum(read)).toBeLessThan(nearby + (EVENTS / 50) * 10);
  });

  it('looks for the view that follows through the index of a session’s events', async () => {
    const followers = (await nodesOf(topPages)).filter(({ index }) => index?.includes('session_slice_hk'));
    expect(followers.length).toBeGreaterThan(0);
    const repeatedScans = (await nodesOf(topPages)).filter(
      ({ type, relation, loops, read }) =>
        type === 'Seq Scan' && relation?.startsWith('site_event_nl_') && loops > 1 && read > 0,
    );
    expect(repeatedScans).toEqual([]);
  });

  it('that does not ask for the time on a page does not look for it', async () => {
    const all = await nodesOf("SELECT url FROM pageviews WHERE view_timestamp > now() - INTERVAL '7 days'");
    expect(all.filter(({ index }) => index?.includes('session_slice_hk_idx'))).toEqual([]);
  });

  it('about one session reads the events of that session', async () => {
    for (const relation of ['pageviews', 'user_events', 'events_log']) {
      const read = await eventReads(`SELECT * FROM ${relation} WHERE session_id = 'made-17'`);
      expect(sum(read), relation).toBeGreaterThan(0);
      expect(sum(read), relation).toBeLessThan(200);
    }
  });

  it('about sessions of 30 days looks up their entries by key', async () => {
    const read = await eventReads(campaigns);
    // A twelfth of the sessions, an entry event each.
    expect(sum(read)).toBeGreaterThan(EVENTS / 10 / MONTHS / 2);
    expect(sum(read)).toBeLessThan((EVENTS / 10 / MONTHS) * 3);
  });

  it('about active sessions reads no closed one', async () => {
    const snapshots = (await nodesOf('SELECT * FROM active_sessions')).filter(({ relation }) =>
      relation?.startsWith('site_session_snapshot_s'),
    );
    expect(sum(snapshots)).toBe(0);
  });

  it('about what is not processed reads no event of the vault', async () => {
    expect(await eventReads(unprocessedEvents)).toEqual([]);
  });
});

describe('the daily metrics', () => {
  /** Rows of the event table that a statement looked at. */
  async function rowsRead(statement: string): Promise<number> {
    const client = await database.pool.connect();
    const tuplesRead = async () => {
      await client.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await client.query<{ tuples: number }>(
        `SELECT sum(seq_tup_read + idx_tup_fetch)::int AS tuples FROM pg_stat_user_tables
         WHERE schemaname = 'business' AND relname LIKE 'site_event_nl%'`,
      );
      return rows[0]?.tuples ?? 0;
    };
    try {
      const before = await tuplesRead();
      await client.query(statement);
      return (await tuplesRead()) - before;
    } finally {
      client.release(true);
    }
  }
  const noteArrivals = async () => {
    await database.pool.query(
      "UPDATE analytics.metrics_progress SET noted_until = now() - INTERVAL '3 hours'",
    );
    return rowsRead('SELECT analytics.note_stale_days()');
  };

  it('read the new events and their sessions only, to find the days that these changed', async () => {
    const read = await noteArrivals();
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(EVENTS / 5);
  });

  it('read the events of the days around it for a day', async () => {
    const read = await rowsRead('SELECT analytics.refresh_stale_day()');
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(EVENTS / 5);
  });

  it('read no more for each session when a whole month arrives at once', async () => {
    await database.pool.query(
      "UPDATE business.site_event_nl SET load_date = now() WHERE event_timestamp > now() - INTERVAL '30 days'",
    );
    await database.pool.query('ANALYZE');
    // Once from one end to the other, and the events of each session.
    expect(await noteArrivals()).toBeLessThan(EVENTS * 3);
  });
});
