import { analyticsOperations } from '../analytics/operations.ts';
import { healthOperations } from '../api/health-operations.ts';
import { ledgerOperations } from '../api/ledger-operation.ts';
import type { Operation } from '../api/operation.ts';
import { pipelineOperations } from '../api/pipeline-operations.ts';
import { trackOperations } from '../api/track-operations.ts';
import { visitorOperations } from '../api/visitor-operations.ts';
import type { RouteKey } from '../platform/routes.ts';
import { descriptionOperations } from './description-operations.ts';

/** Every call of the API by its route. A route without a description does not compile. */
export const operations: Readonly<Record<RouteKey, Operation>> = {
  ...trackOperations,
  ...pipelineOperations,
  ...ledgerOperations,
  ...visitorOperations,
  ...analyticsOperations,
  ...healthOperations,
  ...descriptionOperations,
};
