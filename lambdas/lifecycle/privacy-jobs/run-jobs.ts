import type pg from 'pg';
import { remainingMilliseconds } from '../../platform/invocation.ts';
import { errorKind, type Logger } from '../../platform/log.ts';
import { settleVisitorKey } from '../../tenancy/visitor-keys.ts';
import { eraseConflicts } from '../erasure/erase-again.ts';
import { runErasures } from './erasures.ts';
import { exportVisitor } from './export-visitor.ts';
import {
  type ClaimedJob,
  claimJobs,
  failAbandonedJobs,
  failJobs,
  finishJobs,
  forgetOldArchives,
  oldestJobAge,
} from './jobs.ts';
import { storedIds } from './stored-ids.ts';

/** No job is begun when less is left of the invocation. One that is cut off is taken again by a later run. */
const LEAST_MILLISECONDS = 30_000;

/**
 * Does what visitors have asked for, each job once, whether others failed or not. Jobs may be run by several workers at a time, twice, or
 * again after one was killed.
 * @param only the jobs to choose from; null for any.
 */
export async function runPrivacyJobs(
  pool: pg.Pool,
  logger: Logger,
  only: readonly string[] | null = null,
): Promise<void> {
  const tried: string[] = [];
  let failed = await failAbandonedJobs(pool);
  while (remainingMilliseconds() > LEAST_MILLISECONDS) {
    const [first, ...others] = await claimJobs(pool, only, tried);
    if (first === undefined) break;
    const jobs = [first, ...others] as const;
    tried.push(...jobs.map(({ jobId }) => jobId));
    try {
      if (first.kind === 'erasure') await runErasures(pool, logger, first.tenant, jobs);
      else await runExport(pool, first);
      logger.info('privacy jobs done', { kind: first.kind, jobs: jobs.length });
    } catch (error) {
      const cause = errorKind(error);
      failed += await failJobs(pool, jobs, cause);
      logger.error('privacy jobs failed', { kind: first.kind, jobs: jobs.length, cause });
    }
  }
  const conflicts = only === null ? await eraseConflicts(pool) : 0;
  if (conflicts > 0) logger.info('conflicts of erased visitors deleted', { conflicts });
  const archives = await forgetOldArchives(pool);
  if (archives > 0) logger.info('archives forgotten', { archives });
  const age = Math.round(await oldestJobAge(pool));
  logger.measure({ OldestPrivacyJobAge: age, ...(failed > 0 && { PrivacyJobsFailed: failed }) });
}

async function runExport(pool: pg.Pool, job: ClaimedJob): Promise<void> {
  const madeAt = new Date();
  const { tenantHk } = job.tenant;
  const signer = await settleVisitorKey(pool, tenantHk, madeAt);
  const ids = await storedIds(job.tenant, await settleVisitorKey(pool, tenantHk, new Date(0)), job.visitorId);
  const { archive, summary } = await exportVisitor(pool, job.tenant, signer, { ...job, ids, madeAt });
  await finishJobs(pool, [job], [summary], madeAt, archive);
}
