import { analyticsOperations } from '../analytics/operations.ts';
import { healthOperations } from '../api/health-operations.ts';
import type { Operation } from '../api/operation.ts';
import { pipelineOperations } from '../api/pipeline-operations.ts';
import { trackOperations } from '../api/track-operations.ts';
import type { RouteKey } from '../platform/routes.ts';
import { descriptionOperations } from './description-operations.ts';

/** Every call of the API by its route. A route without a description does not compile. */
export const operations: Readonly<Record<RouteKey, Operation>> = {
  ...trackOperations,
  ...pipelineOperations,
  ...analyticsOperations,
  ...healthOperations,
  ...descriptionOperations,
};
