import type pg from 'pg';
import * as z from 'zod';
import { inTransaction, type Queryable, withConnection } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { ARCHIVE_DAYS } from '../../visitors/archive-life.ts';

const claimStatement = readStatement('privacy-jobs/claim');
const noteFoundStatement = readStatement('privacy-jobs/note_found');
const finishStatement = readStatement('privacy-jobs/finish');
const keepArchive = readStatement('privacy-jobs/keep_archive');
const failStatement = readStatement('privacy-jobs/fail');
const giveBackStatement = readStatement('privacy-jobs/give_back');
const keepHoldStatement = readStatement('privacy-jobs/keep_hold');
const findAbandoned = readStatement('privacy-jobs/find_abandoned');
const forgetArchives = readStatement('privacy-jobs/forget_archives');
const oldestAge = readStatement('privacy-jobs/oldest_age');

/** Attempts after which a job has failed. */
const ATTEMPTS = 5;
/** Seconds after which a worker is dead that has not said that it lives. */
const DEAD_AFTER = 16 * 60;
/** Milliseconds after which it says so again. */
const SIGN_OF_LIFE = 60_000;
const ERASURES_AT_ONCE = 200;

/** What the vault held of a visitor before an erasure began. */
export const foundEvents = z.object({
  events: z.number(),
  /** SHA-256 over their keys in order, in hexadecimal. */
  digest: z.string(),
});
export type FoundEvents = z.infer<typeof foundEvents>;

const claimedJob = z
  .object({
    job_id: z.string(),
    tenant_hk: z.instanceof(Buffer),
    tenant_id: z.string(),
    job_kind: z.enum(['export', 'erasure']),
    visitor_id: z.string(),
    attempts: z.number(),
    found: foundEvents.nullable(),
  })
  .transform((row) => ({
    jobId: row.job_id,
    tenant: { tenantId: row.tenant_id, tenantHk: row.tenant_hk },
    kind: row.job_kind,
    visitorId: row.visitor_id,
    attempt: row.attempts,
    found: row.found,
  }));
/** A job in this worker's hands. */
export type ClaimedJob = z.infer<typeof claimedJob>;

type Attempt = Pick<ClaimedJob, 'jobId' | 'attempt'>;

const abandonedRow = z
  .object({ job_id: z.string(), attempts: z.number() })
  .transform((row): Attempt => ({ jobId: row.job_id, attempt: row.attempts }));
const endedRow = z.object({ ended: z.number() });
const ageRow = z.object({ seconds: z.number() });

/**
 * Takes what is due: an export, or erasures of one tenant. Two workers never hold the same job, unless one is taken for dead.
 * @param only the jobs to choose from; null for any.
 * @param except jobs that have had their attempt.
 */
export async function claimJobs(
  database: Queryable,
  only: readonly string[] | null,
  except: readonly string[],
): Promise<ClaimedJob[]> {
  const { rows } = await database.query(claimStatement, [
    only,
    except,
    ATTEMPTS,
    DEAD_AFTER,
    ERASURES_AT_ONCE,
  ]);
  return z.array(claimedJob).parse(rows);
}

export async function noteFound(database: Queryable, found: ReadonlyMap<string, FoundEvents>): Promise<void> {
  await database.query(noteFoundStatement, [
    [...found.keys()],
    [...found.values()].map((each) => JSON.stringify(each)),
  ]);
}

/** Ends jobs with their results, and keeps the archive of an export. Those that are no longer this worker's are left alone. */
export function finishJobs(
  pool: pg.Pool,
  jobs: readonly Attempt[],
  results: readonly object[],
  finishedAt: Date,
  archive: Buffer | null = null,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(finishStatement, [
      jobs.map(({ jobId }) => jobId),
      jobs.map(({ attempt }) => attempt),
      results.map((result) => JSON.stringify(result)),
      finishedAt,
    ]);
    if (archive !== null && rowCount === 1) await client.query(keepArchive, [jobs[0]?.jobId, archive]);
  });
}

/**
 * Does the work of jobs, and says meanwhile that their worker lives, however long it takes.
 * @param work gets the connection on which that is said: nothing else may wait for its own on the same one.
 */
export function whileHeld(
  pool: pg.Pool,
  jobs: readonly Attempt[],
  work: (connection: Queryable) => Promise<void>,
  { every = SIGN_OF_LIFE } = {},
): Promise<void> {
  const held = [jobs.map(({ jobId }) => jobId), jobs.map(({ attempt }) => attempt)];
  return withConnection(pool, async (connection) => {
    // One that fails is followed by others, and a broken connection shows in the work.
    const keepHold = () => void connection.query(keepHoldStatement, held).catch(() => undefined);
    const signs = setInterval(keepHold, every);
    try {
      await work(connection);
    } finally {
      clearInterval(signs);
    }
  });
}

/** Gives back jobs that could not be begun: the attempt does not count. */
export async function giveBackJobs(
  database: Queryable,
  jobs: readonly Attempt[],
  cause: string,
): Promise<void> {
  await database.query(giveBackStatement, [
    jobs.map(({ jobId }) => jobId),
    jobs.map(({ attempt }) => attempt),
    cause,
  ]);
}

/** Gives jobs back for another attempt. @returns how many have failed for good. */
export async function failJobs(
  database: Queryable,
  jobs: readonly Attempt[],
  cause: string,
): Promise<number> {
  const { rows } = await database.query(failStatement, [
    jobs.map(({ jobId }) => jobId),
    jobs.map(({ attempt }) => attempt),
    cause.slice(0, 100),
    ATTEMPTS,
  ]);
  return endedRow.parse(rows[0]).ended;
}

/** Ends jobs whose worker died in their last attempt. @returns how many. */
export async function failAbandonedJobs(database: Queryable): Promise<number> {
  const { rows } = await database.query(findAbandoned, [ATTEMPTS, DEAD_AFTER]);
  return failJobs(database, z.array(abandonedRow).parse(rows), 'abandoned');
}

/** @returns how many archives went. */
export async function forgetOldArchives(database: Queryable): Promise<number> {
  const { rowCount } = await database.query(forgetArchives, [ARCHIVE_DAYS]);
  return rowCount ?? 0;
}

/** Seconds that the oldest job waits which has not ended; 0 when there is none. */
export async function oldestJobAge(database: Queryable): Promise<number> {
  const { rows } = await database.query(oldestAge);
  return ageRow.parse(rows[0]).seconds;
}
