import { createGate } from './api/gate.ts';
import { createTenantAnswers } from './api/tenant-answers.ts';
import { answerDescription } from './description/describe.ts';
import { operations } from './description/operations.ts';
import { createHealthChecks, healthAnswer } from './pipeline-state/health.ts';
import { databaseRoles } from './platform/database-roles.ts';
import { readEnvironment } from './platform/environment.ts';
import { invoked } from './platform/invocation.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { notFound } from './platform/problem.ts';
import { createDepthReader, pipelineQueues } from './platform/queue-depth.ts';
import { analyticsRoutes } from './platform/routes.ts';

const environment = readEnvironment();
const logger = createLogger('analytics', environment);
const pool = createPool(environment, databaseRoles.reader);
const gate = createGate({
  database: pool,
  logger,
  rate: { of: 'questions', perSecond: environment.QUESTION_RATE_LIMIT },
});
const readDepths = createDepthReader(pipelineQueues(environment));
const health = createHealthChecks({ database: pool, readDepths, logger });
const answerTenant = createTenantAnswers({
  pool,
  gate,
  readDepths,
  questionsPerTenant: environment.QUESTIONS_PER_TENANT,
});

const answered = gate.serve(async (call) => {
  const { headers, pathParameters } = call.request;
  const route = analyticsRoutes.find((key) => key === call.request.routeKey);
  if (route === undefined) throw notFound();
  switch (route) {
    case 'GET /health/detailed':
      return healthAnswer(await health.detailed());
    case 'GET /health/db':
      return healthAnswer(await health.db());
    case 'GET /openapi.json':
    case 'GET /docs':
    case 'GET /docs/{file}':
      return answerDescription(route, { headers, pathParameters });
  }
  const { scope } = operations[route];
  if (scope === null) throw notFound();
  const caller = await gate.admit(call, scope);
  await gate.count(call);
  return answerTenant(route, caller, call);
});

/** Answers questions about what has been tracked, about the pipeline, the visitors, and the API itself. */
export const handler = invoked(answered);
