import middy from '@middy/core';
import { readPipelineStatus } from './analytics/pipeline-status.ts';
import { readEnvironment, requireQueueUrl } from './platform/environment.ts';
import { answer, problemAnswers, readHttpRequest } from './platform/http.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { Problem } from './platform/problem.ts';
import { createDepthReader } from './platform/queue-depth.ts';
import { analyticsRoutes } from './platform/routes.ts';
import { createAuthenticator } from './tenancy/caller.ts';

const environment = readEnvironment();
const logger = createLogger('analytics', environment);
const database = createPool(environment);
const authenticate = createAuthenticator(database);
const readDepths = createDepthReader({
  staging: requireQueueUrl(environment, 'STAGING_QUEUE_URL'),
  'staging dead letters': requireQueueUrl(environment, 'STAGING_DLQ_URL'),
  business: requireQueueUrl(environment, 'BUSINESS_QUEUE_URL'),
  'business dead letters': requireQueueUrl(environment, 'BUSINESS_DLQ_URL'),
});

/** Answers questions about what has been tracked. */
export const handler = middy(async (event: unknown) => {
  const request = readHttpRequest(event);
  if (!analyticsRoutes.some((route) => route === request.routeKey)) {
    throw new Problem(404, 'not_found', 'There is nothing at this path.');
  }
  const caller = await authenticate(request.headers, ['read', 'admin']);
  return answer(200, await readPipelineStatus(database, readDepths, caller));
}).use(problemAnswers(logger));
