import type pg from 'pg';
import { dashboardQuery, type PipelineRoute, pipelineOperations } from '../api/pipeline-operations.ts';
import { readQuery } from '../api/question.ts';
import { answer, type HttpAnswer, type HttpRequest } from '../platform/http.ts';
import type { Tenant } from '../platform/postgres.ts';
import type { QueueDepth } from '../platform/queue-depth.ts';
import { readDashboard } from './dashboard.ts';
import { readLineage } from './lineage.ts';
import { readStatus } from './status.ts';

export type StateRoute = Extract<PipelineRoute, `GET ${string}`>;

interface Parts {
  readonly pool: pg.Pool;
  readonly readDepths: () => Promise<QueueDepth[]>;
}

/** Answers what a tenant asks about the way of its events. @throws Problem 400 or 404. */
export async function answerState(
  route: StateRoute,
  { pool, readDepths }: Parts,
  tenant: Tenant,
  { queryStringParameters, pathParameters }: HttpRequest,
): Promise<HttpAnswer> {
  switch (route) {
    case 'GET /api/v1/track/status':
      readQuery(pipelineOperations[route].query, queryStringParameters);
      return answer(200, await readStatus(pool, readDepths, tenant));
    case 'GET /api/v1/track/dashboard': {
      const data = await readDashboard(pool, tenant, readQuery(dashboardQuery, queryStringParameters));
      return answer(200, { success: true, data });
    }
    case 'GET /api/v1/events/{id}/lineage':
      return answer(200, { success: true, data: await readLineage(pool, tenant, pathParameters.id ?? '') });
  }
}
