/**
 * Every HTTP route of the product, by the function that answers it.
 *
 * The API construct in `lib/` creates exactly these routes and the handlers dispatch on the same strings
 * (`event.routeKey` of API Gateway's payload 2.0), so a route cannot exist on one side only.
 */
export const ingestRoutes = [
  'POST /api/v1/track/async',
  'POST /api/v1/track/batch',
  'POST /api/tracking/events.js',
  'GET /health',
] as const;

export const analyticsRoutes = ['GET /api/v1/track/status'] as const;
