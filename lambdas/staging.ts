import { stageLeftBehind } from './pipeline/stage-left-behind.ts';
import { stageRequests } from './pipeline/stage-requests.ts';
import { databaseRoles } from './platform/database-roles.ts';
import { createDoorbell } from './platform/doorbell.ts';
import { readEnvironment, requireQueueUrl } from './platform/environment.ts';
import { invoked } from './platform/invocation.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { createQueueConsumer } from './platform/queue-consumer.ts';

const environment = readEnvironment();
const logger = createLogger('staging', environment);
const pool = createPool(environment, databaseRoles.loader);
const businessBell = createDoorbell(requireQueueUrl(environment, 'BUSINESS_QUEUE_URL'));

const stage = (requestIds: readonly string[]) => stageRequests(pool, businessBell, logger, requestIds);
const consume = createQueueConsumer(logger, environment.BATCH_SIZE, stage);
const leftBehind = {
  overdueSeconds: environment.RING_OVERDUE_SECONDS,
  eventsPerSet: environment.BATCH_SIZE,
};

/** Validates and enriches what the staging queue rings for. */
export const handler = invoked(async (event) => {
  const answer = await consume(event);
  await stageLeftBehind(pool, logger, leftBehind, stage);
  return answer;
});
