import type pg from 'pg';
import { answerQuestion } from '../analytics/questions.ts';
import { answerState } from '../pipeline-state/answer-state.ts';
import { answerLedger } from '../pipeline-state/ledger.ts';
import type { HttpAnswer } from '../platform/http.ts';
import { inTenant } from '../platform/postgres.ts';
import type { QueueDepth } from '../platform/queue-depth.ts';
import type { AnalyticsRoute } from '../platform/routes.ts';
import type { TokenHolder } from '../tenancy/caller.ts';
import { answerVisitors } from '../visitors/answer-visitors.ts';
import type { Call, Gate } from './gate.ts';
import { takeQuestionSlot } from './question-slots.ts';

/** Routes that are answered to everybody alike. */
type OpenRoute = `GET /health${string}` | `GET /docs${string}` | 'GET /openapi.json';

export type TenantRoute = Exclude<AnalyticsRoute, OpenRoute>;

interface Parts {
  readonly pool: pg.Pool;
  readonly gate: Gate;
  readonly readDepths: () => Promise<QueueDepth[]>;
  /** Questions of one tenant that may be under way at a time. */
  readonly questionsPerTenant: number;
}

/** Answers what is a tenant's own: each call sees the data of its caller's tenant only. */
export function createTenantAnswers({ pool, gate, readDepths, questionsPerTenant }: Parts) {
  return async (route: TenantRoute, caller: TokenHolder, call: Call): Promise<HttpAnswer> => {
    const { headers, queryStringParameters: query } = call.request;
    switch (route) {
      case 'GET /api/v1/track/status':
      case 'GET /api/v1/track/dashboard':
      case 'GET /api/v1/events/{id}/lineage':
        return answerState(route, { pool, readDepths }, caller, call.request);
      case 'POST /api/v1/visitors/{id}/export':
      case 'GET /api/v1/visitors/{id}/export':
      case 'DELETE /api/v1/visitors/{id}/export':
      case 'GET /api/v1/visitors/{id}':
      case 'DELETE /api/v1/visitors/{id}': {
        const actor = `token:${caller.tokenId}`;
        const answer = await inTenant(pool, caller, (client) =>
          answerVisitors(route, client, caller, actor, call.request),
        );
        await gate.note(call, 'done');
        return answer;
      }
      default:
        return inTenant(pool, caller, async (client) => {
          await takeQuestionSlot(client, caller, questionsPerTenant);
          return route === 'GET /api/v1/ledger'
            ? answerLedger(client, caller, query, headers.accept)
            : answerQuestion(route, client, caller, query, headers.accept);
        });
    }
  };
}
