import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eraseAgain, eraseConflicts, readErasedMarks } from '../../lambdas/lifecycle/erasure/erase-again.ts';
import { eraseVisitors } from '../../lambdas/lifecycle/erasure/erase-visitors.ts';
import { claimJobs, whileHeld } from '../../lambdas/lifecycle/privacy-jobs/jobs.ts';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import { emptyForRebuild, HalfErased } from '../../lambdas/lifecycle/replay/rebuild.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { settleVisitorKey, visitorMark } from '../../lambdas/tenancy/visitor-keys.ts';
import { requestJob } from '../../lambdas/visitors/visitor-jobs.ts';
import { roleUrl } from '../../local/database-login.ts';
import { brokenChecks } from '../support/broken-checks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import { findText } from './find-text.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const REPLAY = `hashtextextended('onevault.replay', 0)`;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const maintenance = () => database.as(databaseRoles.maintenance);
let tenants = 0;
const newTenant = () => {
  tenants += 1;
  return createTenant(database.pool, `jobs-${tenants}`);
};
const ask = (tenant: Tenant, kind: 'export' | 'erasure', visitorId: string) =>
  inTenant(database.as(databaseRoles.reader), tenant, (client) =>
    requestJob(client, kind, visitorId, 'token:test'),
  );
const run = (jobs: readonly string[]) => runPrivacyJobs(maintenance(), silent, jobs);
const left = (tenant: Tenant, text: string) => findText(database.pool, text, tenant);
const view = (visitor_id: string, more: object = {}) => ({
  event_type: 'page_view',
  visitor_id,
  page_url: 'https://shop.example/',
  note: `of ${visitor_id}`,
  ...more,
});

const jobRow = z.object({
  job_state: z.string(),
  attempts: z.number(),
  visitor_id: z.string().nullable(),
  failure: z.string().nullable(),
});
const jobOf = async (jobId: string) => {
  const { rows } = await database.pool.query(
    'SELECT job_state, attempts, visitor_id, failure FROM auth.privacy_jobs WHERE job_id = $1',
    [jobId],
  );
  return rows[0] === undefined ? null : jobRow.parse(rows[0]);
};
const numberOf = async (statement: string, values: unknown[] = []): Promise<number> =>
  z.object({ n: z.coerce.number() }).parse((await database.pool.query(statement, values)).rows[0]).n;
const until = async (isSo: () => Promise<boolean>) => {
  for (let looks = 0; !(await isSo()); looks += 1) {
    if (looks === 200) throw new Error('It did not come to that.');
    await sleep(10);
  }
};
/** Marks a visitor as erased and goes no further, as an erasure that was cut off. */
async function mark(tenant: Tenant, visitorId: string): Promise<void> {
  const { secret, version } = await settleVisitorKey(database.pool, tenant.tenantHk, new Date(0));
  await database.pool.query(
    'INSERT INTO raw.erased_visitors (tenant_hk, visitor_mark, key_version) VALUES ($1, $2, $3)',
    [tenant.tenantHk, visitorMark(secret, visitorId), version],
  );
}

describe('erasures', { timeout: 30_000 }, () => {
  it('let nothing through that waited to be staged while the first visitor of a tenant was marked', async () => {
    const tenant = await newTenant();
    const { pending } = await tenant.land(view('zq8first'));
    const other = await database.pool.connect();
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock_shared(hashtextextended('raw.erased_visitors', 0))`);
    const waiting = () =>
      numberOf(`SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    const erased = eraseVisitors(maintenance(), silent, tenant, ['zq8first']);
    await until(async () => (await waiting()) === 1);
    const staged = tenant.stage(pending.map(({ requestId }) => requestId));
    await until(async () => (await waiting()) === 2);
    await other.query('COMMIT');
    other.release();
    await erased;
    await tenant.load(await staged);
    expect(await left(tenant, 'zq8first')).toEqual([]);
  });

  it('of which one fails keep no other from being done; whose it is stays known until it is done as well', async () => {
    const tenant = await newTenant();
    for (const id of ['good-1', 'zq8bad', 'good-2']) await tenant.track(view(id));
    const jobs = [];
    for (const id of ['good-1', 'zq8bad', 'good-2']) jobs.push(await ask(tenant, 'erasure', id));
    const [first = '', bad = '', last = ''] = jobs;
    await database.pool.query(
      `CREATE FUNCTION raw.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
       CREATE TRIGGER refuse BEFORE UPDATE ON raw.site_tracking_requests_r FOR EACH ROW
       WHEN (position('zq8bad'::bytea IN OLD.body) > 0) EXECUTE FUNCTION raw.refuse()`,
    );
    await run(jobs);
    for (const job of [first, last]) expect(await jobOf(job)).toMatchObject({ job_state: 'done' });
    for (let runs = 0; runs < 4; runs += 1) await run(jobs);
    expect(await jobOf(bad)).toMatchObject({ job_state: 'failed', attempts: 5, visitor_id: 'zq8bad' });
    await database.pool.query('DROP TRIGGER refuse ON raw.site_tracking_requests_r');
    const again = await ask(tenant, 'erasure', 'zq8bad');
    await run([again]);
    expect(await jobOf(again)).toMatchObject({ job_state: 'done', visitor_id: null });
    expect(await jobOf(bad)).toBeNull();
    expect(await left(tenant, 'zq8bad')).toEqual([]);
  });

  it('wait for a replay without losing an attempt, and let none begin beside them', async () => {
    const tenant = await newTenant();
    await tenant.track(view('beside'));
    const job = await ask(tenant, 'erasure', 'beside');
    const replay = await database.pool.connect();
    await replay.query(`SELECT pg_advisory_lock(${REPLAY})`);
    for (let runs = 0; runs < 6; runs += 1) await run([job]);
    expect(await jobOf(job)).toMatchObject({
      job_state: 'waiting',
      attempts: 0,
      failure: 'ReplayUnderWay',
    });
    await replay.query(`SELECT pg_advisory_unlock(${REPLAY})`);
    const tried: Promise<unknown>[] = [];
    const tryReplay = () =>
      tried.push(
        replay.query(`SELECT pg_try_advisory_lock(${REPLAY}) AS ours`).then(({ rows }) => rows[0].ours),
      );
    const info = (message: string) => void (message === 'visitors erased' && tryReplay());
    await runPrivacyJobs(maintenance(), { ...silent, info }, [job]);
    expect(await Promise.all(tried)).toEqual([false]);
    tryReplay();
    expect(await Promise.all(tried)).toEqual([false, true]);
    await replay.query(`SELECT pg_advisory_unlock(${REPLAY})`);
    replay.release();
    expect(await jobOf(job)).toMatchObject({ job_state: 'done', attempts: 1 });
  });

  it('that were cut off are ended before anything is rebuilt', async () => {
    const tenant = await newTenant();
    await tenant.track(view('half'));
    const job = await ask(tenant, 'erasure', 'half');
    const context = {
      pool: database.pool,
      logger: silent,
      workers: 1,
      stop: new AbortController().signal,
      onProgress: () => undefined,
    };
    await claimJobs(maintenance(), [job], []);
    await expect(emptyForRebuild(context, [tenant.tenantId])).rejects.toThrow(HalfErased);
    expect(
      await numberOf('SELECT count(*) AS n FROM business.site_event_nl WHERE tenant_hk = $1', [
        tenant.tenantHk,
      ]),
    ).toBe(1);
  });

  it('count an event once that a replay brings again before it is made a stranger’s', async () => {
    const tenant = await newTenant();
    await tenant.track([view('zq8replayed'), view('somebody')]);
    await mark(tenant, 'zq8replayed');
    const { rows } = await database.pool.query(
      `INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
       SELECT request_id, received_timestamp, tenant_id, event_count, now() FROM raw.site_tracking_requests_r WHERE tenant_id = $1
       RETURNING request_id::text AS id`,
      [tenant.tenantId],
    );
    await tenant.load(await tenant.stage(rows.map(({ id }) => id)));
    const counts = await eraseVisitors(maintenance(), silent, tenant, ['zq8replayed']);
    expect(counts).toMatchObject({ visitors_found: 1, events_anonymised: 1, events_dropped: 0 });
    const { rows: tallied } = await database.pool.query(
      'SELECT kind, events::int AS events FROM raw.erased_tally WHERE tenant_id = $1',
      [tenant.tenantId],
    );
    expect(tallied).toEqual([{ kind: 'anonymised', events: 1 }]);
    expect(await left(tenant, 'zq8replayed')).toEqual([]);
    expect(await brokenChecks(database.pool)).toEqual([]);
  });

  it('leave nothing of what two visitors alone had in common, though each is erased in another set', async () => {
    const tenant = await newTenant();
    const common = {
      event_type: 'item_interaction',
      page_url: 'https://shop.example/zq8pair',
      items: [{ item_id: 'zq8pair', item_name: 'zq8pair' }],
      evt_label: 'zq8pair',
    };
    await tenant.track([view('pair-1', common), view('pair-2', common)]);
    const jobs = [await ask(tenant, 'erasure', 'pair-1'), await ask(tenant, 'erasure', 'pair-2')];
    for (const job of jobs) await run([job]);
    expect(await left(tenant, 'zq8pair')).toEqual([]);
  });

  it('take exports along, whichever of a visitor’s ids each was asked for', async () => {
    const tenant = await newTenant();
    const address = (n: number) => `jane.${n}@example.com`;
    const pseudonymOf = async (id: string): Promise<string> => {
      const { rows } = await inTenant(database.as(databaseRoles.reader), tenant, (client) =>
        client.query('SELECT auth.pseudonym_of_visitor($1) AS id', [id]),
      );
      return z.object({ id: z.string() }).parse(rows[0]).id;
    };
    for (const n of [1, 2]) await tenant.track(view(address(n)));
    const ids = [address(1), await pseudonymOf(address(1)), address(2), await pseudonymOf(address(2))];
    const exports = [];
    for (const id of ids) exports.push(await ask(tenant, 'export', id));
    await run(exports);
    await run([await ask(tenant, 'erasure', address(1)), await ask(tenant, 'erasure', ids[3] ?? '')]);
    for (const job of exports) expect(await jobOf(job)).toBeNull();
  });

  it('run again after a restore delete exports that came back, and reach what is on its way to the vault', async () => {
    const tenant = await newTenant();
    await tenant.track(view('somebody'));
    const job = await ask(tenant, 'export', 'zq8way');
    await run([job]);
    const { pending } = await tenant.land(view('zq8way'));
    const toLoad = await tenant.stage(pending.map(({ requestId }) => requestId));
    const { secret, version } = await settleVisitorKey(database.pool, tenant.tenantHk, new Date(0));
    const told = {
      tenant_hk: tenant.tenantHk,
      visitor_mark: visitorMark(secret, 'zq8way'),
      key_version: version,
      erased_at: new Date(),
      secret: null,
    };
    // As many connections as a command has.
    const pool = new pg.Pool({ connectionString: roleUrl(database.url, databaseRoles.maintenance), max: 2 });
    await eraseAgain(pool, silent, [told]);
    await pool.end();
    await tenant.load(toLoad);
    expect(await left(tenant, 'zq8way')).toEqual([]);
    expect(await jobOf(job)).toBeNull();
    expect(await readErasedMarks(maintenance())).toContainEqual(
      expect.objectContaining({ visitor_mark: told.visitor_mark }),
    );
  });

  it('are followed by a look at conflicts that are new, not at all of them for ever', async () => {
    const tenant = await newTenant();
    const { verdicts } = await tenant.track(
      [1, 2, 3].map((n) => view('somebody', { event_id: `known-${n}` })),
    );
    expect(verdicts).toHaveLength(3);
    await eraseVisitors(maintenance(), silent, tenant, ['zq8late']);
    const conflict = (n: number, visitorId: string) =>
      tenant.track(view(visitorId, { event_id: `known-${n}`, note: 'another' }));
    const age = () =>
      database.pool.query(
        `UPDATE staging.quarantined_events SET quarantined_at = quarantined_at - interval '11 minutes' WHERE tenant_id = $1`,
        [tenant.tenantId],
      );
    const judgedUntil = () =>
      numberOf(
        'SELECT coalesce(max(quarantine_id), 0) AS n FROM staging.judged_conflicts WHERE tenant_hk = $1',
        [tenant.tenantHk],
      );
    await conflict(1, 'somebody');
    await eraseConflicts(maintenance());
    expect(await judgedUntil()).toBe(0);
    await age();
    await eraseConflicts(maintenance());
    const judged = await judgedUntil();
    expect(judged).toBeGreaterThan(0);
    await conflict(2, 'somebody');
    await conflict(3, 'zq8late');
    await age();
    expect(await eraseConflicts(maintenance(), () => false)).toBe(0);
    expect(await eraseConflicts(maintenance())).toBe(1);
    expect(await judgedUntil()).toBeGreaterThan(judged);
    expect(await left(tenant, 'zq8late')).toEqual([]);
  });

  it('that take longer than a Lambda lives are not taken for dead while their worker lives', async () => {
    const tenant = await newTenant();
    const job = await ask(tenant, 'erasure', 'long');
    const claimed = await claimJobs(maintenance(), [job], []);
    await database.pool.query(
      `UPDATE auth.privacy_jobs SET started_at = started_at - interval '17 minutes' WHERE job_id = $1`,
      [job],
    );
    const isTaken = async () => (await claimJobs(maintenance(), [job], [])).length === 1;
    await whileHeld(
      maintenance(),
      claimed,
      async () => {
        await until(
          async () =>
            (await numberOf(
              `SELECT count(*) AS n FROM auth.privacy_jobs WHERE job_id = $1 AND started_at > now() - interval '1 minute'`,
              [job],
            )) === 1,
        );
        expect(await isTaken()).toBe(false);
      },
      { every: 20 },
    );
    await database.pool.query(
      `UPDATE auth.privacy_jobs SET started_at = started_at - interval '17 minutes' WHERE job_id = $1`,
      [job],
    );
    expect(await isTaken()).toBe(true);
  });
});
