import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { claimJobs } from '../../lambdas/lifecycle/privacy-jobs/jobs.ts';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Measurements } from '../../lambdas/platform/metrics.ts';
import { inTenant } from '../../lambdas/platform/postgres.ts';
import { signerOf } from '../../lambdas/tenancy/signed-document.ts';
import { visitorMark } from '../../lambdas/tenancy/visitor-keys.ts';
import { findJobs, forgetExports, requestJob } from '../../lambdas/visitors/visitor-jobs.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

let database: TestDatabase;
let tenant: Tenant;
beforeAll(async () => {
  database = await createDatabase();
  tenant = await createTenant(database.pool, 'acme');
});
afterAll(() => database.drop());

const maintenance = () => database.as(databaseRoles.maintenance);
const asReader = <Result>(work: Parameters<typeof inTenant<Result>>[2], of: Tenant = tenant) =>
  inTenant(database.as(databaseRoles.reader), of, work);
const ask = (kind: 'export' | 'erasure', visitorId: string) =>
  asReader((client) => requestJob(client, kind, visitorId, 'token:test'));
const jobsOf = (visitorId: string) => asReader((client) => findJobs(client, tenant, visitorId));
const row = z.object({
  job_state: z.string(),
  visitor_id: z.string().nullable(),
  attempts: z.number(),
  failure: z.string().nullable(),
  has_archive: z.boolean(),
});
const rowOf = async (jobId: string) => {
  const { rows } = await database.pool.query(
    `SELECT job_state, visitor_id, attempts, failure, archive IS NOT NULL AS has_archive FROM auth.privacy_jobs WHERE job_id = $1`,
    [jobId],
  );
  return row.parse(rows[0]);
};
const visit = (visitorId: string, count = 2) =>
  tenant.track(
    Array.from({ length: count }, (_, n) => ({
      event_type: 'page_view',
      visitor_id: visitorId,
      page_url: `https://shop.example/${n}`,
    })),
  );
/** Runs what is due and keeps what was measured. */
async function run(only: readonly string[] | null = null): Promise<Measurements[]> {
  const measured: Measurements[] = [];
  const measure = (values: Measurements) => void measured.push(values);
  await runPrivacyJobs(maintenance(), { ...silent, measure }, only);
  return measured;
}

const certificate = z.looseObject({
  visitor_mark: z.string(),
  visitor_marks: z.array(z.string()),
  found: z.object({ events: z.number(), digest: z.string() }),
  run: z.looseObject({ visitors: z.number(), events_anonymised: z.number() }),
});

describe('what a visitor asks for', () => {
  it('is one job as long as it is open, and another afterwards', async () => {
    const first = await ask('export', 'again');
    expect(await ask('export', 'again')).toBe(first);
    expect(await ask('erasure', 'again')).not.toBe(first);
    await run();
    expect(await ask('export', 'again')).not.toBe(first);
    await run();
  });

  it('is done by one worker only, however many there are, and forgotten with its visitor’s id', async () => {
    const jobs = await Promise.all([1, 2, 3, 4].map((n) => ask('export', `shared-${n}`)));
    await Promise.all([run(), run(), run()]);
    for (const job of jobs)
      expect(await rowOf(job)).toEqual({
        job_state: 'done',
        visitor_id: null,
        attempts: 1,
        failure: null,
        has_archive: true,
      });
  });

  it('is noted in the audit log when it is done, without saying whose it was', async () => {
    const job = await ask('export', 'quiet-visitor');
    await run();
    const { rows } = await database.pool.query(
      'SELECT tenant_hk, actor, action, outcome, reason FROM auth.audit_log WHERE subject = $1',
      [job],
    );
    expect(rows).toEqual([
      {
        tenant_hk: tenant.tenantHk,
        actor: 'token:test',
        action: 'visitor.export',
        outcome: 'done',
        reason: null,
      },
    ]);
    const { rows: all } = await database.pool.query('SELECT audit_log::text AS entry FROM auth.audit_log');
    expect(all.filter(({ entry }) => String(entry).includes('quiet-visitor'))).toEqual([]);
  });

  it('is taken up again when its worker was killed, and not before', async () => {
    const job = await ask('export', 'killed');
    await claimJobs(maintenance(), [job], []);
    await run();
    expect(await rowOf(job)).toMatchObject({ job_state: 'running', attempts: 1 });
    await database.pool.query(
      `UPDATE auth.privacy_jobs SET started_at = started_at - interval '17 minutes' WHERE job_id = $1`,
      [job],
    );
    await run();
    expect(await rowOf(job)).toMatchObject({ job_state: 'done', attempts: 2, has_archive: true });
  });

  it('is given up after five attempts, which is measured, and stands in the way of no other', async () => {
    const job = await ask('export', 'broken');
    const other = await ask('export', 'whole');
    await database.pool.query(
      `UPDATE auth.privacy_jobs SET requested_at = requested_at - interval '25 hours' WHERE job_id = $1`,
      [job],
    );
    await database.pool.query('ALTER TABLE business.site_visitor_state_r RENAME TO away');
    try {
      for (const attempt of [1, 2, 3, 4]) {
        const [{ OldestPrivacyJobAge, PrivacyJobsFailed } = {}] = await run([job]);
        expect(OldestPrivacyJobAge).toBeGreaterThan(24 * 3_600);
        expect(PrivacyJobsFailed).toBeUndefined();
        expect(await rowOf(job)).toMatchObject({
          job_state: 'waiting',
          attempts: attempt,
          visitor_id: 'broken',
        });
      }
      expect(await run([job])).toMatchObject([{ PrivacyJobsFailed: 1 }]);
    } finally {
      await database.pool.query('ALTER TABLE business.away RENAME TO site_visitor_state_r');
    }
    expect(await rowOf(job)).toEqual({
      job_state: 'failed',
      visitor_id: null,
      attempts: 5,
      failure: 'error:42P01',
      has_archive: false,
    });
    expect(await run()).toEqual([{ OldestPrivacyJobAge: 0 }]);
    expect(await rowOf(other)).toMatchObject({ job_state: 'done' });
  });

  it('is given up when its worker died in the last attempt', async () => {
    const job = await ask('export', 'died');
    await database.pool.query(
      `UPDATE auth.privacy_jobs SET job_state = 'running', attempts = 5, started_at = now() - interval '17 minutes' WHERE job_id = $1`,
      [job],
    );
    expect(await run()).toMatchObject([{ PrivacyJobsFailed: 1 }]);
    expect(await rowOf(job)).toMatchObject({ job_state: 'failed', failure: 'abandoned', visitor_id: null });
  });
});

describe('an archive', () => {
  it('is kept for seven days', async () => {
    const job = await ask('export', 'kept');
    await run();
    const age = (days: number) =>
      database.pool.query(
        'UPDATE auth.privacy_jobs SET finished_at = now() - make_interval(secs => $2) WHERE job_id = $1',
        [job, days * 24 * 3_600],
      );
    await age(6.9);
    await run();
    expect(await rowOf(job)).toMatchObject({ has_archive: true });
    await age(7.1);
    await run();
    expect(await rowOf(job)).toMatchObject({ job_state: 'done', has_archive: false });
    expect(await jobsOf('kept')).toMatchObject([{ job_id: job, status: 'done', archive: null }]);
  });

  it('goes when somebody deletes it, also one that is being made', async () => {
    await ask('export', 'deleted');
    await run();
    const making = await ask('export', 'deleted');
    const [claimed] = await claimJobs(maintenance(), [making], []);
    expect(await asReader((client) => forgetExports(client, 'deleted'))).toBe(2);
    expect(claimed?.jobId).toBe(making);
    expect(await jobsOf('deleted')).toEqual([]);
    expect(await asReader((client) => forgetExports(client, 'deleted'))).toBe(0);
  });
});

describe('an erasure', () => {
  it('ends with a signed certificate that says what there was, and takes the exports with it', async () => {
    await visit('erased', 3);
    await ask('export', 'erased');
    await run();
    const job = await ask('erasure', 'erased');
    await run();
    const jobs = await jobsOf('erased');
    expect(jobs).toMatchObject([{ job_id: job, kind: 'erasure', status: 'done', archive: null }]);
    const read = certificate.parse(jobs[0]?.certificate);
    expect(read).toMatchObject({
      format: 'onevault-erasure-1',
      tenant_id: 'acme',
      job_id: job,
      key_version: 1,
      found: { events: 3, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      run: { visitors: 1, visitors_found: 1, events_anonymised: 3 },
    });
    const { rows } = await database.pool.query(
      'SELECT secret FROM auth.visitor_keys WHERE tenant_hk = $1 AND key_version = 1',
      [tenant.tenantHk],
    );
    expect(read.visitor_mark).toBe(visitorMark(rows[0]?.secret, 'erased').toString('hex'));
    expect(JSON.stringify(read)).not.toContain('"erased"');
    expect(signerOf(read)).toMatch(/^[0-9a-f]{64}$/);
    expect(signerOf({ ...read, found: { ...read.found, events: 2 } })).toBeNull();
    const left = await database.pool.query(
      `SELECT FROM business.site_visitor_h WHERE site_visitor_bk = 'erased'`,
    );
    expect(left.rows).toEqual([]);
  });

  it('finds a visitor by an e-mail address as well, and marks the id and what stands for it', async () => {
    const address = 'jane.doe@example.com';
    await visit(address, 2);
    await ask('erasure', address);
    await run();
    const [job] = await jobsOf(address);
    const read = certificate.parse(job?.certificate);
    expect(read).toMatchObject({ found: { events: 2 }, run: { visitors_found: 1, events_anonymised: 2 } });
    expect(read.visitor_marks).toHaveLength(2);
    expect(read.visitor_marks).toContain(read.visitor_mark);
    await visit(address, 1);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM raw.erased_tally WHERE tenant_id = 'acme' AND kind = 'dropped'`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('of many visitors is one run, with a certificate for each', async () => {
    const ids = ['many-1', 'many-2', 'many-3'];
    for (const [n, id] of ids.entries()) await visit(id, n + 1);
    for (const id of ids) await ask('erasure', id);
    await run();
    for (const [n, id] of ids.entries()) {
      const [job] = await jobsOf(id);
      expect(certificate.parse(job?.certificate)).toMatchObject({
        found: { events: n + 1 },
        run: { visitors: 3, events_anonymised: 6 },
      });
    }
  });

  it('that was cut off says what it found at first', async () => {
    await visit('cut-off');
    const job = await ask('erasure', 'cut-off');
    // Fails when all is erased, before the certificate is kept.
    await database.pool.query(
      `CREATE FUNCTION auth.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
       CREATE TRIGGER refuse BEFORE UPDATE ON auth.privacy_jobs FOR EACH ROW WHEN (NEW.job_state = 'done')
       EXECUTE FUNCTION auth.refuse()`,
    );
    await run([job]);
    await database.pool.query('DROP TRIGGER refuse ON auth.privacy_jobs');
    expect(await rowOf(job)).toMatchObject({ job_state: 'waiting', attempts: 1 });
    await run([job]);
    const [done] = await jobsOf('cut-off');
    expect(certificate.parse(done?.certificate)).toMatchObject({
      attempts: 2,
      found: { events: 2 },
      run: { events_anonymised: 0 },
    });
  });
});
