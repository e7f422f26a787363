import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import type { Logger } from '../../lambdas/platform/log.ts';
import { inTenant, type Tenant } from '../../lambdas/platform/postgres.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { recordAct } from '../../lambdas/tenancy/operator-acts.ts';
import { actionable } from '../administration.ts';
import { connectDatabase } from '../database.ts';
import { CommandFailure, printable } from '../failure.ts';

const requestStatement = readStatement('privacy-jobs/request_as_operator');
const readResults = readStatement('privacy-jobs/read_results');

/** How often a job is looked at that another worker has in its hands. */
const PAUSE_MILLISECONDS = 500;

const requestedRow = z.object({ job_id: z.string() });
const resultRow = z.object({
  job_id: z.string(),
  job_state: z.enum(['waiting', 'running', 'done', 'failed']),
  failure: z.string().nullable(),
  result: z.unknown(),
});

export interface JobResult {
  readonly jobId: string;
  readonly result: unknown;
}

/** Works on the database of the flags. @throws CommandFailure that says what to change; never the words of the database. */
export async function withDatabase<Result>(
  flags: { readonly 'data-dir'?: string | undefined },
  work: (pool: pg.Pool) => Promise<Result>,
): Promise<Result> {
  const pool = await connectDatabase(flags, 2);
  try {
    return await work(pool);
  } catch (error) {
    throw actionable(error);
  } finally {
    await pool.end();
  }
}

/**
 * Asks for something for visitors and does it at once, here or where maintenance was faster.
 * @returns what came of each, in the order of the ids.
 * @throws CommandFailure when an attempt failed; what was asked for stays noted, and maintenance tries again.
 */
export async function doNow(
  pool: pg.Pool,
  tenant: Tenant,
  kind: 'export' | 'erasure',
  visitorIds: readonly string[],
): Promise<JobResult[]> {
  const jobIds = await inTenant(pool, tenant, async (client) => {
    const asked: string[] = [];
    for (const visitorId of visitorIds) {
      const { rows } = await client.query(requestStatement, [kind, visitorId]);
      const jobId = requestedRow.parse(rows[0]).job_id;
      await recordAct(client, tenant.tenantHk, kind === 'export' ? 'visitor.export' : 'visitor.erase', jobId);
      asked.push(jobId);
    }
    return asked;
  });
  await runPrivacyJobs(pool, quiet, jobIds);
  for (;;) {
    const rows = z.array(resultRow).parse((await pool.query(readResults, [jobIds])).rows);
    const failed = rows.find(
      ({ job_state, failure }) => job_state === 'failed' || (job_state === 'waiting' && failure !== null),
    );
    if (failed !== undefined) {
      throw new CommandFailure(
        `The ${kind} failed (${printable(failed.failure ?? 'unknown')}). It is noted as job ${failed.job_id}: run the command again, or leave it to maintenance.`,
      );
    }
    if (rows.length === new Set(jobIds).size && rows.every(({ job_state }) => job_state === 'done')) {
      const resultOf = new Map(rows.map(({ job_id, result }) => [job_id, result]));
      return jobIds.map((jobId) => ({ jobId, result: resultOf.get(jobId) }));
    }
    if (rows.length < new Set(jobIds).size) {
      throw new CommandFailure('Somebody has deleted what was asked for. Run the command again.');
    }
    await sleep(PAUSE_MILLISECONDS);
  }
}

const ignore = () => undefined;
/** What maintenance would log is not for people at a terminal. */
export const quiet: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, measure: ignore };
