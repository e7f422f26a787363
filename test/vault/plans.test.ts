import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { mixedTraffic } from '../support/mixed-industries.ts';
import { createTenant, silent } from '../support/pipeline.ts';

/** Rows that every table of the vault is filled up with, of visitors, pages and items that nobody asks for any more. */
const FILLING = 3_000;
/** Pages of a table that is full; smaller ones are the empty partitions. */
const LARGE = 10;
/** What the planner is told that each of them holds: it weighs plans as if it had all these rows. */
const ROWS = Number(process.env.PLAN_ROWS ?? 1_000_000);
const EVENTS = 2_000;

const now = new Date();
const traffic = mixedTraffic(EVENTS, 21, ['plans'], now, 100);

let database: TestDatabase;
let tenant: Awaited<ReturnType<typeof createTenant>>;
let large: ReadonlySet<string>;
/** Requests of the traffic that wait for loading, oldest first. */
let staged: string[];

beforeAll(async () => {
  database = await createDatabase();
  const { pool } = database;
  tenant = await createTenant(pool, 'plans');
  const requests: string[] = [];
  for (const { body, ...origin } of traffic.sendings) {
    const { pending } = await tenant.land(body, origin);
    requests.push(...pending.map(({ requestId }) => requestId));
  }
  staged = await tenant.stage(requests);
  await tenant.load(staged.splice(0, Math.floor(staged.length / 4)));
  await takeSnapshots(pool, silent, now);
  await tenant.load(staged.splice(0, 2));
  for (const table of await vaultTables()) await fill(table);
  await keepStatistics();
  await pool.query('VACUUM ANALYZE');
  large = await largeTables();
  await pool.query(
    `UPDATE pg_class SET reltuples = $2 WHERE relnamespace = 'business'::regnamespace AND relname = ANY ($1)`,
    [[...large], ROWS],
  );
}, 300_000);
afterAll(() => database.drop());

async function vaultTables(): Promise<string[]> {
  const { rows } = await database.pool.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'business'::regnamespace AND relkind IN ('r', 'p')
       AND NOT relispartition AND relname NOT IN ('late_observations')`,
  );
  return z
    .array(z.object({ name: z.string() }))
    .parse(rows)
    .map(({ name }) => name);
}

/** Repeats rows of a table under keys of nobody. */
async function fill(table: string): Promise<void> {
  const { rows } = await database.pool.query(
    `SELECT attname AS name, atttypid::regtype::text AS type FROM pg_attribute
     WHERE attrelid = ('business.' || $1)::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  const columns = z.array(z.object({ name: z.string(), type: z.string() })).parse(rows);
  const other = columns.flatMap(({ name, type }) => {
    const key = `md5('${name}' || n)`;
    if (name === 'event_timestamp') return [`'${name}', r.event_timestamp - n * interval '5 minutes'`];
    if (type === 'bytea' && name !== 'tenant_hk') return [`'${name}', '\\x' || ${key} || left(${key}, 8)`];
    if (type === 'uuid') return [`'${name}', ${key}`];
    return name === 'traffic_source_id' ? [`'${name}', n`] : [];
  });
  await database.pool.query(
    `INSERT INTO business.${table}
     SELECT (jsonb_populate_record(NULL::business.${table}, to_jsonb(r) || jsonb_build_object(${other.join(', ')}))).*
     FROM generate_series(1, $1) AS n, (SELECT * FROM business.${table} LIMIT 1) AS r`,
    [FILLING],
  );
}

/** Nobody counts the rows again while the test runs. */
async function keepStatistics(): Promise<void> {
  const { rows } = await database.pool.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'business'::regnamespace AND relkind = 'r'`,
  );
  for (const { name } of z.array(z.object({ name: z.string() })).parse(rows))
    await database.pool.query(`ALTER TABLE business.${name} SET (autovacuum_enabled = off)`);
}

async function largeTables(): Promise<ReadonlySet<string>> {
  const { rows } = await database.pool.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'business'::regnamespace AND relkind = 'r' AND relpages >= $1`,
    [LARGE],
  );
  return new Set(
    z
      .array(z.object({ name: z.string() }))
      .parse(rows)
      .map(({ name }) => name),
  );
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Index Cond'?: string | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}
const planNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  Plans: z.array(z.lazy(() => planNode)).optional(),
});
const loggedPlan = z.object({ 'Query Text': z.string(), Plan: planNode });

/** The server says the plan of each statement it runs, also inside functions. */
const EXPLAINED = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_min_duration=0',
  'auto_explain.log_nested_statements=on',
  'auto_explain.log_level=notice',
  'auto_explain.log_format=json',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** Runs `work` on one connection; returns how many plans it saw, and the whole reads of large tables among them. */
async function wholeReads(
  work: (pool: pg.Pool) => Promise<void>,
): Promise<{ plans: number; found: string[] }> {
  const pool = new pg.Pool({ connectionString: database.url, max: 1, options: EXPLAINED });
  const found = new Set<string>();
  let plans = 0;
  pool.on('connect', (client) =>
    client.on('notice', ({ message = '' }) => {
      if (!message.startsWith('duration:')) return;
      plans += 1;
      const { Plan, 'Query Text': text } = loggedPlan.parse(JSON.parse(message.slice(message.indexOf('{'))));
      for (const node of nodesOf(Plan))
        if (readsAll(node))
          found.add(`${node['Node Type']} of ${node['Relation Name']} in: ${text.trim().slice(0, 200)}`);
    }),
  );
  await work(pool).finally(() => pool.end());
  return { plans, found: [...found] };
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

const readsAll = ({
  'Node Type': type,
  'Relation Name': relation,
  'Index Cond': condition,
}: PlanNode): boolean =>
  relation !== undefined &&
  large.has(relation) &&
  (type === 'Seq Scan' || (type.startsWith('Index') && condition === undefined));

describe('the cost of a batch does not depend on what the vault holds: no statement reads a large table whole', () => {
  it('though every table that grows with the traffic is large here', () => {
    expect([...large]).toEqual(
      expect.arrayContaining([
        'session_slice_h',
        'session_slice_visitor_l',
        'site_visitor_h',
        'site_page_h',
        'business_item_h',
        'event_business_item_nl',
        'derived_session_slices',
        'site_visitor_state_r',
        'site_page_state_r',
        'business_item_state_r',
        'site_visitor_history',
        'site_page_history',
        'business_item_history',
        'site_session_acc',
        'site_visitor_acc',
        'site_page_acc',
        'business_item_acc',
        'site_page_visitors',
        'visitor_item_acc',
        'site_session_snapshot_s',
        'site_visitor_snapshot_s',
        'site_page_snapshot_s',
        'business_item_snapshot_s',
      ]),
    );
    expect([...large].filter((name) => name.startsWith('site_event_nl_'))).not.toEqual([]);
  });

  it('when batches of new and late events are loaded, one after another on one connection', async () => {
    const { plans, found } = await wholeReads(async (pool) => {
      // More often than Postgres asks before it plans once for all.
      while (staged.length > 0) await loadRequests(pool, silent, staged.splice(0, 3));
    });
    expect(plans).toBeGreaterThan(200);
    expect(found).toEqual([]);
  }, 120_000);

  it('when late events open closed sessions and join them', async () => {
    await takeSnapshots(database.pool, silent, new Date(now.getTime() + 2 * 86_400_000));
    const late = (minutes: number, visitor: number) => ({
      event_type: 'page_view',
      timestamp: new Date(now.getTime() - 3 * 86_400_000 + minutes * 60_000).toISOString(),
      page_url: 'https://shop.example/',
      visitor_id: `late-${visitor}`,
    });
    const visitors = Array.from({ length: 50 }, (_, n) => n);
    await tenant.track(visitors.flatMap((n) => [late(0, n), late(50, n)]));
    await takeSnapshots(database.pool, silent, new Date(now.getTime() + 3 * 86_400_000));
    const landing = await tenant.land(visitors.map((n) => late(25, n)));
    const requests = await tenant.stage(landing.pending.map(({ requestId }) => requestId));
    const { plans, found } = await wholeReads(async (pool) => {
      await loadRequests(pool, silent, requests);
    });
    expect(plans).toBeGreaterThan(20);
    expect(found).toEqual([]);
  }, 120_000);
});
