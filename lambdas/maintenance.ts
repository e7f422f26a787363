import * as z from 'zod';
import { trimInvalidStaging } from './lifecycle/invalid-staging.ts';
import { runJob } from './lifecycle/job.ts';
import { balanceLedger } from './lifecycle/ledger.ts';
import { refreshMetrics } from './lifecycle/metrics.ts';
import { ensurePartitions } from './lifecycle/partitions.ts';
import { runPrivacyJobs } from './lifecycle/privacy-jobs/run-jobs.ts';
import { wholeScope } from './lifecycle/retention/cut-offs.ts';
import { runRetention } from './lifecycle/retention/retention.ts';
import { forgetSalts, makeSalts } from './lifecycle/salts.ts';
import { takeSnapshots } from './lifecycle/snapshots.ts';
import { forgetTokenUsage } from './lifecycle/token-usage.ts';
import { sweep } from './pipeline/sweep.ts';
import { databaseRoles } from './platform/database-roles.ts';
import { createDoorbell } from './platform/doorbell.ts';
import { readEnvironment, requireQueueUrl } from './platform/environment.ts';
import { invoked, remainingMilliseconds } from './platform/invocation.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';

const environment = readEnvironment();
const logger = createLogger('maintenance', environment);
/** A job may wait for a cluster that sleeps, which is awake within half a minute. */
const pool = createPool(environment, databaseRoles.maintenance, { connectTimeout: 35_000 });
const bells = {
  LANDED: createDoorbell(requireQueueUrl(environment, 'STAGING_QUEUE_URL')),
  STAGED: createDoorbell(requireQueueUrl(environment, 'BUSINESS_QUEUE_URL')),
};

/** The payload of each schedule names one job. */
const scheduled = z.object({
  job: z.enum(['sweep', 'snapshots', 'metrics', 'retention', 'privacy', 'partitions']),
});

/** Every part of a job may run twice, or again after it was cut off. */
const jobs: Record<z.infer<typeof scheduled>['job'], readonly (() => Promise<unknown>)[]> = {
  sweep: [() => sweep(pool, bells, logger, environment.PROCESSING_INTERVAL)],
  snapshots: [
    () => forgetSalts(pool, logger),
    () => makeSalts(pool, logger, new Date()),
    () => takeSnapshots(pool, logger, new Date()),
    () => forgetTokenUsage(pool, logger),
  ],
  metrics: [() => balanceLedger(pool, logger), () => refreshMetrics(pool, logger)],
  retention: [
    () => runRetention({ pool, logger, asOf: new Date(), timeLeft: remainingMilliseconds }, wholeScope),
  ],
  privacy: [() => runPrivacyJobs(pool, logger)],
  partitions: [() => ensurePartitions(pool, logger), () => trimInvalidStaging(pool, logger)],
};

/** Does what no request triggers. */
export const handler = invoked(async (event) => {
  const { job } = scheduled.parse(event);
  await runJob(job, logger, jobs[job]);
});
