import type pg from 'pg';
import { remainingMilliseconds } from '../../platform/invocation.ts';
import { errorKind, type Logger } from '../../platform/log.ts';
import { settleVisitorKey } from '../../tenancy/visitor-keys.ts';
import { eraseConflicts } from '../erasure/erase-again.ts';
import { ReplayUnderWay, withoutReplay } from '../replay/lock.ts';
import { runErasures } from './erasures.ts';
import { exportVisitor } from './export-visitor.ts';
import {
  type ClaimedJob,
  claimJobs,
  failAbandonedJobs,
  failJobs,
  finishJobs,
  forgetOldArchives,
  giveBackJobs,
  oldestJobAge,
  whileHeld,
} from './jobs.ts';
import { storedIds } from './stored-ids.ts';

/** No job is begun when less is left of the invocation. One that is cut off is taken again by a later run. */
const LEAST_MILLISECONDS = 30_000;
/** What comes last stops when less is left. */
const TIME_TO_END = 10_000;

/**
 * Does what visitors have asked for, each job once, whether others failed or not; erasures that failed together once more, each alone.
 * Jobs may be run by several workers at a time, twice, or again after one was killed.
 * @param pool of two connections at the least: on one of them a worker says that it lives.
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
    // Of many that failed together each has an attempt of its own.
    if (others.length === 0) tried.push(first.jobId);
    try {
      await whileHeld(pool, jobs, (connection) =>
        first.kind === 'erasure'
          ? withoutReplay(connection, () => runErasures(pool, logger, first.tenant, jobs))
          : runExport(pool, first),
      );
      logger.info('privacy jobs done', { kind: first.kind, jobs: jobs.length });
    } catch (error) {
      if (error instanceof ReplayUnderWay) {
        await giveBackJobs(pool, jobs, error.name);
        tried.push(...jobs.map(({ jobId }) => jobId));
        logger.warn('erasures wait for a replay', { jobs: jobs.length });
        continue;
      }
      const cause = errorKind(error);
      failed += await failJobs(pool, jobs, cause);
      logger.error('privacy jobs failed', { kind: first.kind, jobs: jobs.length, cause });
    }
  }
  const archives = await forgetOldArchives(pool);
  if (archives > 0) logger.info('archives forgotten', { archives });
  const age = Math.round(await oldestJobAge(pool));
  logger.measure({ OldestPrivacyJobAge: age, ...(failed > 0 && { PrivacyJobsFailed: failed }) });
  if (only !== null) return;
  const conflicts = await eraseConflicts(pool, () => remainingMilliseconds() > TIME_TO_END);
  if (conflicts > 0) logger.info('conflicts of erased visitors deleted', { conflicts });
}

async function runExport(pool: pg.Pool, job: ClaimedJob): Promise<void> {
  const madeAt = new Date();
  const { tenantHk } = job.tenant;
  const signer = await settleVisitorKey(pool, tenantHk, madeAt);
  const ids = storedIds(await settleVisitorKey(pool, tenantHk, new Date(0)), job.visitorId);
  const { archive, summary } = await exportVisitor(pool, job.tenant, signer, { ...job, ids, madeAt });
  await finishJobs(pool, [job], [summary], madeAt, archive);
}
