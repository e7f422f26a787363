import { errorKind, type Logger } from '../platform/log.ts';

/**
 * Runs a job of the schedule, and counts how it went.
 * @throws Error without the words of what failed: Lambda logs whatever a handler throws, and a database message may hold data.
 */
export async function runJob(job: string, logger: Logger, work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  const duration = () => Math.round(performance.now() - begun);
  try {
    await work();
  } catch (error) {
    const cause = errorKind(error);
    logger.error('job failed', { job, cause });
    logger.measure({ JobDuration: duration(), JobFailures: 1 }, { job });
    throw new Error(
      `The job "${job}" failed (${cause}). Its log lines say more, and the schedule runs it again.`,
    );
  }
  logger.measure({ JobDuration: duration() }, { job });
}
