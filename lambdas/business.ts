import { loadRequests } from './pipeline/load-requests.ts';
import { readEnvironment } from './platform/environment.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { createQueueConsumer } from './platform/queue-consumer.ts';

const environment = readEnvironment();
const logger = createLogger('business', environment);
const pool = createPool(environment);

/** Loads into the vault what the business queue rings for. */
export const handler = createQueueConsumer(logger, environment.BATCH_SIZE, (requestIds) =>
  loadRequests(pool, logger, requestIds),
);
