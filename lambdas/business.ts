import { loadRequests } from './pipeline/load-requests.ts';
import { databaseRoles } from './platform/database-roles.ts';
import { createDoorbell, ringOrLeave } from './platform/doorbell.ts';
import { readEnvironment, requireQueueUrl } from './platform/environment.ts';
import { invoked } from './platform/invocation.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { createQueueConsumer } from './platform/queue-consumer.ts';

const environment = readEnvironment();
const logger = createLogger('business', environment);
const pool = createPool(environment, databaseRoles.loader);
/** Rings once the transactions that keep a tenant busy are over, as most are in less than a second. */
const laterBell = createDoorbell(requireQueueUrl(environment, 'BUSINESS_QUEUE_URL'), { delaySeconds: 1 });

/** Loads into the vault what the business queue rings for; a tenant that has others at work for it waits its turn. */
export const handler = invoked(
  createQueueConsumer(logger, environment.BATCH_SIZE, async (requestIds) => {
    const left = await loadRequests(pool, logger, requestIds, { leavesBusyTenants: true });
    await ringOrLeave(laterBell, left, logger);
  }),
);
