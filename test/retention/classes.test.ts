import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mendInScope } from '../../lambdas/lifecycle/replay/scope.ts';
import { ReplaySurvey } from '../../lambdas/lifecycle/replay/survey.ts';
import { type RetentionScope, wholeScope } from '../../lambdas/lifecycle/retention/cut-offs.ts';
import { runRetention } from '../../lambdas/lifecycle/retention/retention.ts';
import { unloadEvents } from '../../lambdas/pipeline/unload-events.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTransaction } from '../../lambdas/platform/postgres.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/pipeline.ts';
import { type Arrival, DAY, RetentionGround } from '../support/retention-ground.ts';

const asOf = new Date();
const midnight = Math.floor(asOf.getTime() / DAY) * DAY;

let database: TestDatabase;
let ground: RetentionGround;
beforeAll(async () => {
  database = await createDatabase();
  ground = await RetentionGround.make(database, asOf);
});
afterAll(() => database.drop());

/** What arrives around the cut-offs of one tenant. */
const few = (round: number): Arrival[] => ground.edges(round).filter(({ tenant }) => tenant === 'short');

async function send(arrivals: readonly Arrival[]): Promise<void> {
  await ground.makeWeeks();
  for (const arrival of arrivals) await ground.load(arrival.tenant, await ground.land(arrival));
}
const run = (scope: RetentionScope = wholeScope, timeLeft?: () => number) =>
  runRetention(ground.context(timeLeft), scope, { again: true });
const only = (...classes: RetentionScope['classes']): RetentionScope => ({ tenantId: null, classes });

/** The partition that a request arrives in. */
const weekOf = async ({ at }: Arrival): Promise<string> => {
  const { rows } = await database.pool.query(
    `SELECT to_char(date_trunc('week', $1::timestamptz AT TIME ZONE 'UTC'), 'YYYYMMDD') AS day`,
    [new Date(at)],
  );
  return `site_tracking_requests_r_${rows[0]?.day}`;
};

const numberOf = async (statement: string, values: unknown[] = []): Promise<number> =>
  Number((await database.pool.query<{ n: string }>(statement, values)).rows[0]?.n);

describe('how long a class is kept', () => {
  const cutOffs = async (siteTracking: unknown) => {
    await database.pool.query(
      `INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source) VALUES ('\\x07', 'settings', 'test') ON CONFLICT DO NOTHING`,
    );
    await database.pool.query(
      `INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
       VALUES ('\\x07', '2026-01-01', '\\x00', $1, 'test')
       ON CONFLICT (tenant_hk, load_date) DO UPDATE SET configuration = EXCLUDED.configuration`,
      [{ site_tracking: siteTracking }],
    );
    const { rows } = await database.pool.query(
      `SELECT class, days, cut_off FROM auth.retention_cut_offs('2026-03-15 17:45:00+02') WHERE tenant_id = 'settings' ORDER BY class`,
    );
    return rows.map((row) => [row.class, row.days, row.cut_off.toISOString()]);
  };

  it('is a number of whole days in UTC; refused events go with raw ones unless they have days of their own', async () => {
    expect(await cutOffs({ data_retention_days: 10, vault_retention_days: 400 })).toEqual([
      ['raw', 10, '2026-03-05T00:00:00.000Z'],
      ['staging', 10, '2026-03-05T00:00:00.000Z'],
      ['vault', 400, '2025-02-08T00:00:00.000Z'],
    ]);
    expect(await cutOffs({ data_retention_days: 10, staging_retention_days: 20 })).toEqual([
      ['raw', 10, '2026-03-05T00:00:00.000Z'],
      ['staging', 20, '2026-02-23T00:00:00.000Z'],
    ]);
    expect(await cutOffs({ marts_retention_days: 1 })).toEqual([['marts', 1, '2026-03-14T00:00:00.000Z']]);
  });

  it.each([
    undefined,
    null,
    'thirty',
    { vault_retention_days: 0 },
    { vault_retention_days: -1 },
    { vault_retention_days: 1.5 },
    { vault_retention_days: null },
    { vault_retention_days: 'a month' },
    { vault_retention_days: 1e9 },
  ])('is for ever where the profile says %j', async (siteTracking) => {
    expect(await cutOffs(siteTracking)).toEqual([]);
  });
});

describe('a run', () => {
  const holdings = () => ground.holdings('short');
  const left = () =>
    numberOf(
      `SELECT count(*) AS n FROM auth.retention_progress WHERE completed_cut_off IS DISTINCT FROM cut_off`,
    );

  it('ends when its time is over, and the next one goes on', async () => {
    await send(few(1));
    let calls = 0;
    const { isDone } = await run(wholeScope, () => {
      calls += 1;
      return calls < 12 ? 60_000 : 0;
    });
    expect(isDone).toBe(false);
    const before = await holdings();
    expect(await left()).toBeGreaterThan(0);
    expect((await run()).isDone).toBe(true);
    expect(await left()).toBe(0);
    expect(await holdings()).not.toEqual(before);
  });

  it('leaves what it has completed alone until another day has expired', async () => {
    await send(few(2));
    const before = await holdings();
    expect(await runRetention(ground.context(), wholeScope)).toMatchObject({ expiries: [], isDone: true });
    expect(await holdings()).toEqual(before);
    const tomorrow = { ...ground.context(), asOf: new Date(asOf.getTime() + DAY) };
    const { expiries } = await runRetention(tomorrow, wholeScope);
    expect(expiries).toHaveLength(8);
    expect(await holdings()).not.toEqual(before);
  });

  it('deletes nothing while a replay is under way, nor does an operator by hand', async () => {
    await send(few(3));
    const before = await holdings();
    const replay = new pg.Client({ connectionString: database.url });
    await replay.connect();
    await replay.query(`SELECT pg_advisory_lock(hashtextextended('onevault.replay', 0))`);
    expect(await run()).toMatchObject({ isDone: false, weeksDropped: 0 });
    await expect(database.pool.query('CALL analytics.cleanup_processed_events(0)')).rejects.toMatchObject({
      code: '55P03',
    });
    await replay.end();
    expect(await holdings()).toEqual(before);
  });

  it('waits with what arrived on a day whose ledger is not settled', async () => {
    // Of each moment one request whole, and one with a refused event.
    await send([...few(4), ...few(5)]);
    const day = new Date(ground.cutOff('short', 'raw') - 1).toISOString().slice(0, 10);
    await database.pool.query(
      `INSERT INTO raw.ledger_days (tenant_id, day, received, without_raw_row, stored, bots, duplicate, quarantined, refused, anonymised, dropped, pending, refusals, balanced_at)
       VALUES ('short', $1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', now())`,
      [day],
    );
    const ofDay = async () => [
      await numberOf(
        `SELECT count(*) AS n FROM raw.site_tracking_requests_r WHERE tenant_id = 'short' AND received_timestamp::date = $1`,
        [day],
      ),
      await numberOf(
        `SELECT count(*) AS n FROM staging.quarantined_events WHERE tenant_id = 'short' AND received_timestamp::date = $1`,
        [day],
      ),
      await numberOf(
        `SELECT count(*) AS n FROM business.site_event_nl JOIN auth.tenant_h USING (tenant_hk)
         WHERE tenant_bk = 'short' AND site_event_nl.load_date::date = $1`,
        [day],
      ),
    ];
    const arrived = await ofDay();
    expect(Math.min(...arrived)).toBeGreaterThan(0);
    await run();
    expect(await ofDay()).toEqual(arrived);
    await database.pool.query(`UPDATE raw.ledger_days SET settled_at = now() WHERE tenant_id = 'short'`);
    await run();
    expect(await ofDay()).toEqual([0, 0, 0]);
  });

  it('tallies an event once that a replay has brought back', async () => {
    const mend = async () => {
      const survey = new ReplaySurvey(0);
      const context = {
        pool: database.pool,
        logger: silent,
        workers: 1,
        stop: new AbortController().signal,
        onProgress: () => undefined,
      };
      await mendInScope(context, { tenantIds: ['short'], from: null, to: null }, survey);
      return survey;
    };
    const tally = () =>
      numberOf(
        `SELECT sum(events) AS n FROM raw.expired_tally WHERE tenant_id = 'short' AND kind = 'vaulted'`,
      );
    await send(few(6).filter(({ body }) => body.length > 2));
    // What went before its time, in a test before this one.
    await mend();
    await run(only('vault'));
    const before = await tally();
    const kept = await database.pool.query<{ site_event_hk: Buffer; tenant_hk: Buffer }>(
      `SELECT site_event_hk, tenant_hk FROM business.site_event_nl JOIN business.site_visitor_h USING (site_visitor_hk, tenant_hk)
       WHERE site_visitor_bk = 'late-6' LIMIT 1`,
    );
    await inTransaction(database.pool, async (client) => {
      for (const event of kept.rows) await unloadEvents(client, event.tenant_hk, [event.site_event_hk]);
    });
    expect((await mend()).count('missing')).toBe(1);
    expect(await tally()).toBeLessThan(before);
    await run(only('vault'));
    expect(await tally()).toBe(before);
  });

  it('deletes ledger, restatements and audit log with the marts, but a month of the log', async () => {
    const before = new Date(ground.cutOff('short', 'marts') - 1).toISOString().slice(0, 10);
    const after = new Date(ground.cutOff('short', 'marts')).toISOString().slice(0, 10);
    const ofTenants = `FROM auth.tenant_h, unnest($1::text[]) AS day WHERE tenant_bk IN ('short', 'keeps')`;
    for (const statement of [
      `INSERT INTO auth.audit_log (tenant_hk, actor, action, outcome, occurred_at)
       SELECT tenant_hk, 'operator:test', 'token.rotate', 'done', CASE day WHEN $1[1] THEN now() - interval '32 days' ELSE now() - interval '30 days' END ${ofTenants}`,
      `INSERT INTO analytics.metric_restatements (tenant_hk, site_id, metric_date, reasons, before)
       SELECT tenant_hk, 'main', day::date, '{recomputed}', '{}' ${ofTenants}`,
      `INSERT INTO raw.ledger_days (tenant_id, day, received, without_raw_row, stored, bots, duplicate, quarantined, refused, anonymised, dropped, pending, refusals, balanced_at, settled_at)
       SELECT tenant_bk, day::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', now(), now() ${ofTenants} ON CONFLICT DO NOTHING`,
    ])
      await database.pool.query(statement, [[before, after]]);
    await run(only('marts'));
    const left = async (relation: string, tenant: string) =>
      (
        await database.pool.query(
          `SELECT tenant_bk AS tenant, count(*)::int AS n FROM ${relation} JOIN auth.tenant_h ON ${tenant} GROUP BY 1 ORDER BY 1`,
        )
      ).rows;
    const byKey = (alias: string) => `tenant_h.tenant_hk = ${alias}.tenant_hk`;
    for (const [relation, tenant] of [
      [`(SELECT * FROM auth.audit_log WHERE action = 'token.rotate') AS act`, byKey('act')],
      ['analytics.metric_restatements AS restated', byKey('restated')],
      [
        `(SELECT * FROM raw.ledger_days WHERE day IN ('${before}', '${after}')) AS ledger`,
        'tenant_bk = ledger.tenant_id',
      ],
    ] as const)
      expect(await left(relation, tenant)).toEqual([
        { tenant: 'keeps', n: 2 },
        { tenant: 'short', n: 1 },
      ]);
  });
});

describe('partitions', () => {
  const weeks = async () => {
    const { rows } = await database.pool.query(
      `SELECT child.relname AS week FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
       WHERE inhparent = 'raw.site_tracking_requests_r'::regclass ORDER BY 1`,
    );
    return rows.map(({ week }) => week);
  };

  it('a week of the raw layer is deleted row by row while others work with it, and dropped when nobody does', async () => {
    const [nobodys, , , everybodys] = await Promise.all(ground.longAgo().map(weekOf));
    await send(ground.longAgo());
    const worker = await database.pool.connect();
    await worker.query('BEGIN; LOCK TABLE raw.site_tracking_requests_r IN ACCESS SHARE MODE');
    const { weeksDropped, expiries } = await run(only('raw'));
    await worker.query('ROLLBACK');
    worker.release();
    expect(weeksDropped).toBe(0);
    expect(expiries.map(({ tenantId, rows }) => [tenantId, rows]).sort()).toEqual([
      ['long', 1],
      ['short', 2],
    ]);
    const before = await weeks();
    const { weeksDropped: dropped } = await run(only('raw'));
    const after = await weeks();
    expect(before).toContain(nobodys);
    expect(after).not.toContain(nobodys);
    expect(after).toContain(everybodys);
    expect(dropped).toBe(before.length - after.length);
  });

  it('nobody can have a week dropped that somebody keeps something of, or that is not over', async () => {
    const maintenance = database.as(databaseRoles.maintenance);
    const { rows } = await database.pool.query(
      `SELECT to_char(date_trunc('week', received_timestamp), 'YYYY-MM-DD') AS week
       FROM raw.site_tracking_requests_r WHERE tenant_id = 'keeps'`,
    );
    const nextWeek = new Date(midnight + (7 - ((new Date(midnight).getUTCDay() + 6) % 7)) * DAY);
    for (const week of [rows[0]?.week, nextWeek.toISOString().slice(0, 10)]) {
      const dropped = await maintenance.query('SELECT raw.drop_expired_week($1, $2) AS is_done', [
        week,
        new Date(midnight + 10_000 * DAY),
      ]);
      expect(dropped.rows).toEqual([{ is_done: false }]);
    }
  });

  it('of events is emptied and stays for those that come late, which go with the next run', async () => {
    const old = ground.edges(0).filter(({ body }) => JSON.stringify(body).includes('2019-'));
    expect(old).toHaveLength(2);
    const size = () => numberOf(`SELECT pg_relation_size('business.site_event_nl_2019') AS n`);
    for (let round = 0; round < 2; round += 1) {
      await send(old.slice(round, round + 1));
      expect(await size()).toBeGreaterThan(0);
      expect((await run(only('vault'))).partitionsEmptied).toBe(1);
      expect(await size()).toBe(0);
    }
  });

  it('leave no value of what is gone in the statistics', async () => {
    await database.pool.query(`
      INSERT INTO staging.quarantined_events (tenant_id, event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source)
      SELECT 'short', gen_random_uuid(), '2020-01-01', 'INGEST', 'jane', '{}', '\\x00', 'jane@example.com' FROM generate_series(1, 20);
      ANALYZE staging.quarantined_events`);
    const remembered = () =>
      numberOf(
        `SELECT count(*) AS n FROM pg_stats WHERE tablename = 'quarantined_events' AND most_common_vals::text LIKE '%jane%'`,
      );
    expect(await remembered()).toBeGreaterThan(0);
    await database.pool.query('DELETE FROM staging.quarantined_events');
    await database.pool.query('ANALYZE staging.quarantined_events');
    expect(await remembered()).toBeGreaterThan(0);
    await database
      .as(databaseRoles.maintenance)
      .query(`SELECT auth.refresh_statistics('staging.quarantined_events')`);
    expect(await remembered()).toBe(0);
  });
});
