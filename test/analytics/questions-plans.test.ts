import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant, type Queryable, type Tenant } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant } from '../support/pipeline.ts';
import { send } from './ask.ts';

const EVENTS = 20_000;
const SESSION_EVENTS = 10;
const DAYS = 200;

interface Node {
  readonly type: string;
  readonly relation: string | undefined;
  readonly loops: number;
  /** Rows that the node looked at, over all its loops. */
  readonly read: number;
  readonly children: readonly Node[];
}
const node: z.ZodType<Node> = z.lazy(() =>
  z
    .object({
      'Node Type': z.string(),
      'Relation Name': z.string().optional(),
      'Actual Loops': z.number(),
      'Actual Rows': z.number(),
      'Rows Removed by Filter': z.number().default(0),
      'Rows Removed by Join Filter': z.number().default(0),
      'Rows Removed by Index Recheck': z.number().default(0),
      Plans: z.array(node).default([]),
    })
    .transform((plan) => ({
      type: plan['Node Type'],
      relation: plan['Relation Name'],
      loops: plan['Actual Loops'],
      read:
        (plan['Actual Rows'] +
          plan['Rows Removed by Filter'] +
          plan['Rows Removed by Join Filter'] +
          plan['Rows Removed by Index Recheck']) *
        plan['Actual Loops'],
      children: plan.Plans,
    })),
);
const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: node })]) })]);
const flat = (root: Node): Node[] => [root, ...root.children.flatMap(flat)];

let database: TestDatabase;
let shop: Tenant;

/** Half a year of two tenants' events, as the loader would have written them, without the time that it would take. */
beforeAll(async () => {
  database = await createDatabase();
  for (const tenantId of ['beside', 'shop']) {
    const { tenantHk, track } = await createTenant(database.pool, tenantId);
    shop = { tenantId, tenantHk };
    await track([
      {
        event_type: 'page_view',
        page_url: 'https://shop.example/a',
        session_id: 'template',
        visitor_id: 'template',
        items: [{ id: 'tent' }],
      },
    ]);
    await multiply(tenantId);
  }
  await database.pool.query('VACUUM ANALYZE');
});
afterAll(() => database.drop());

async function multiply(tenantId: string): Promise<void> {
  const key = `'${tenantId}'`;
  await database.pool.query(
    `CREATE TEMPORARY TABLE made ON COMMIT DROP AS
     SELECT n, session_id, util.hash_key(${key}, session_id) AS session_hk, at,
       decode(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 'hex')
         || substring(util.hash_key(${key}, n::text) FOR 14) AS event_hk
     FROM (
       SELECT n, 'made-' || n / ${SESSION_EVENTS} AS session_id,
         date_trunc('second', now()) - INTERVAL '1 hour'
           - make_interval(secs => ((${EVENTS} - 1 - n) / ${SESSION_EVENTS}) * ${(DAYS * 86_400) / (EVENTS / SESSION_EVENTS)} + (9 - n % 10) * 60) AS at
       FROM generate_series(0, ${EVENTS - 1}) AS n
     ) AS numbered;
     INSERT INTO business.session_slice_h (session_slice_hk, session_slice_bk, tenant_hk, load_date, record_source)
     SELECT session_hk, session_id, tenant_hk, min(at), 'made'
     FROM made, auth.tenant_h
     WHERE tenant_bk = ${key}
     GROUP BY 1, 2, 3;
     INSERT INTO business.site_event_nl
     SELECT event.*
     FROM made, auth.tenant_h AS tenant, business.site_event_nl AS template, LATERAL jsonb_populate_record(template, jsonb_build_object(
       'event_timestamp', at,
       'load_date', at,
       'event_type', CASE n % 2 WHEN 0 THEN 'page_view' ELSE 'click' END,
       'site_event_bk', gen_random_uuid(),
       'site_event_hk', event_hk,
       'session_slice_hk', session_hk
     )) AS event
     WHERE tenant.tenant_bk = ${key} AND template.tenant_hk = tenant.tenant_hk
     ORDER BY at;
     INSERT INTO business.event_business_item_nl
     SELECT made.at, template.item_state_id, false, made.event_hk, template.business_item_hk, tenant.tenant_hk, 'made'
     FROM made, auth.tenant_h AS tenant, business.business_item_acc AS template
     WHERE tenant.tenant_bk = ${key} AND template.tenant_hk = tenant.tenant_hk AND made.n % 10 = 0;
     INSERT INTO business.site_session_snapshot_s (load_date, session_start_time, session_end_time, total_conversion_value,
       total_events, total_page_views, is_bounce, transaction_attempted, transaction_completed, site_session_hk, tenant_hk,
       entry_event_hk, exit_event_hk, business_context)
     SELECT min(at), min(at), max(at), 0, count(*), count(*) / 2, false, false, false, session_hk, tenant_hk,
       min(event_hk), max(event_hk) FILTER (WHERE n % 2 = 0), '{}'
     FROM made, auth.tenant_h
     WHERE tenant_bk = ${key}
     GROUP BY session_hk, tenant_hk`,
  );
}

/** The plan nodes that ran for the statement of a question, in the order of the plan. */
async function nodesOf(
  topic: string,
  query: Readonly<Record<string, string>>,
  setting = 'SELECT',
): Promise<Node[]> {
  const plans: Node[] = [];
  await inTenant(database.as(databaseRoles.reader), shop, async (client) => {
    await client.query(setting);
    const explaining: Queryable = {
      async query(statement, values) {
        if (typeof statement === 'string' && statement.includes('analytics.selected_events')) {
          const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`, values);
          plans.push(explained.parse(rows)[0]['QUERY PLAN'][0].Plan);
        }
        return client.query(statement, values);
      },
    };
    return send(explaining, shop, topic, query);
  });
  return plans.flatMap(flat).filter(({ loops }) => loops > 0);
}
const ofEvents = (nodes: readonly Node[]) =>
  nodes.filter(({ relation }) => relation?.startsWith('site_event_nl_'));
const sum = (nodes: readonly Node[]): number => nodes.reduce((total, { read }) => total + read, 0);

const topics = [
  'timeseries',
  'pages',
  'sources',
  'devices',
  'events',
  'sessions',
  'items',
  'funnel',
  'paths',
  'retention',
];
const nestedLoops = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';
const week = { days: '7' };
/** Events of the tenant's week, and of both tenants in the months that it lies in. */
const WEEK = (EVENTS / DAYS) * 7;
const NEARBY = (EVENTS / DAYS) * 62 * 2;

describe('a question about a week', () => {
  it.each(topics)(
    'reads for %s the events of the months around and a few for each session',
    async (topic) => {
      const nodes = await nodesOf(topic, week);
      const read = ofEvents(nodes);
      expect(sum(read)).toBeGreaterThan(WEEK / 2);
      // Pages look at each event of a session for the time on them.
      expect(sum(read)).toBeLessThan(NEARBY + WEEK * 3);
      // A table of two rows may well be read again and again.
      expect(sum(nodes.filter(({ type, loops }) => type === 'Seq Scan' && loops > 5))).toBeLessThan(WEEK);
    },
  );

  // Nested loops are what a planner takes that expects a row where there are thousands.
  it.each(topics)('does not multiply two lists for %s when all joins are nested loops', async (topic) => {
    for (const query of [
      week,
      { ...week, channel: 'direct', country: 'DE' },
      { days: '200', compare: 'previous' },
    ]) {
      const joined = (await nodesOf(topic, query, nestedLoops)).filter(({ type }) => type === 'Nested Loop');
      // The rows of both lists multiplied would be millions.
      expect(sum(joined), JSON.stringify(query)).toBeLessThan(EVENTS * 10);
    }
  });

  it('looks for no session, page or source that it does not need', async () => {
    const relations = (await nodesOf('events', week)).map(({ relation }) => relation);
    expect(relations).not.toContain('site_session_snapshot_s');
    expect(relations).not.toContain('site_page_h');
    expect(relations).not.toContain('traffic_source_r');
    expect(relations).not.toContain('event_business_item_nl');
  });

  it('looks each session up once for a filter by where it came from', async () => {
    const nodes = await nodesOf('events', { ...week, channel: 'direct' });
    const lookups = nodes.filter(({ relation }) => relation === 'site_session_snapshot_s');
    expect(sum(lookups)).toBeGreaterThan(0);
    expect(Math.max(...lookups.map(({ loops }) => loops))).toBeLessThan((WEEK / SESSION_EVENTS) * 1.5);
  });
});
