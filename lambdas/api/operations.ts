import { analyticsOperations } from '../analytics/operations.ts';
import type { RouteKey } from '../platform/routes.ts';
import { descriptionOperations } from './description-operations.ts';
import { healthOperations } from './health-operations.ts';
import type { Operation } from './operation.ts';
import { pipelineOperations } from './pipeline-operations.ts';
import { trackOperations } from './track-operations.ts';

/** Every call of the API by its route. A route without a description does not compile. */
export const operations: Readonly<Record<RouteKey, Operation>> = {
  ...trackOperations,
  ...pipelineOperations,
  ...analyticsOperations,
  ...healthOperations,
  ...descriptionOperations,
};
