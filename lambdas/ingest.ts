import middy from '@middy/core';
import { createTracker } from './pipeline/track.ts';
import { createDoorbell } from './platform/doorbell.ts';
import { readEnvironment, requireQueueUrl } from './platform/environment.ts';
import { answer, problemAnswers, readHttpRequest } from './platform/http.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { Problem, unavailable } from './platform/problem.ts';
import { ingestRoutes } from './platform/routes.ts';

const environment = readEnvironment();
const logger = createLogger('ingest', environment);
const track = createTracker({
  database: createPool(environment),
  stagingBell: createDoorbell(requireQueueUrl(environment, 'STAGING_QUEUE_URL')),
  logger,
});

/** Stores what browsers and servers send, and says whether this function is alive. */
export const handler = middy(async (event: unknown) => {
  const request = readHttpRequest(event);
  if (request.routeKey === 'GET /health') return answer(200, { status: 'ok' });
  if (!ingestRoutes.some((route) => route === request.routeKey)) {
    throw new Problem(404, 'not_found', 'There is nothing at this path.');
  }
  if (environment.SITE_TRACKING_ENABLED === 'false') throw unavailable();
  return track(request);
}).use(problemAnswers(logger));
