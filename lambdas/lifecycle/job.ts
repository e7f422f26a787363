import { errorKind, type Logger } from '../platform/log.ts';

/**
 * Runs the parts of a job of the schedule one after another, each whether or not another failed, and counts how it went.
 * @throws Error without the words of what failed: Lambda logs whatever a handler throws, and a database message may hold data.
 */
export async function runJob(
  job: string,
  logger: Logger,
  parts: readonly (() => Promise<unknown>)[],
): Promise<void> {
  const begun = performance.now();
  const causes: string[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      const cause = errorKind(error);
      causes.push(cause);
      logger.error('job failed', { job, cause });
    }
  }
  const duration = Math.round(performance.now() - begun);
  if (causes.length === 0) {
    logger.measure({ JobDuration: duration }, { job });
    return;
  }
  logger.measure({ JobDuration: duration, JobFailures: 1 }, { job });
  throw new Error(
    `The job "${job}" failed (${causes.join(', ')}). Its log lines say more, and the schedule runs it again.`,
  );
}
