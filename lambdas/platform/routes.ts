/**
 * Every HTTP route of the product, by the function that answers it.
 *
 * The API construct in `lib/` creates exactly these routes and the handlers dispatch on the same strings
 * (`event.routeKey` of API Gateway's payload 2.0), so a route cannot exist on one side only.
 */
export const storingRoutes = [
  'POST /api/v1/track',
  'POST /api/v1/track/async',
  'POST /api/v1/track/batch',
  'POST /api/tracking/events.js',
] as const;

export const ingestRoutes = [...storingRoutes, 'POST /api/v1/track/process', 'GET /health'] as const;

export const analyticsRoutes = [
  'GET /api/v1/track/status',
  'GET /api/v1/track/dashboard',
  'GET /api/v1/events/{id}/lineage',
  'GET /api/v1/ledger',
  'POST /api/v1/visitors/{id}/export',
  'GET /api/v1/visitors/{id}/export',
  'DELETE /api/v1/visitors/{id}/export',
  'GET /api/v1/visitors/{id}',
  'DELETE /api/v1/visitors/{id}',
  'GET /api/tracking/analytics',
  'GET /api/v1/analytics',
  'GET /api/v1/analytics/timeseries',
  'GET /api/v1/analytics/pages',
  'GET /api/v1/analytics/sources',
  'GET /api/v1/analytics/devices',
  'GET /api/v1/analytics/events',
  'GET /api/v1/analytics/sessions',
  'GET /api/v1/analytics/items',
  'GET /api/v1/analytics/funnel',
  'GET /api/v1/analytics/paths',
  'GET /api/v1/analytics/retention',
  'GET /api/v1/analytics/live',
  'GET /health/detailed',
  'GET /health/db',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/{file}',
] as const;

/** What a browser asks before a call to another origin: one route for every path. */
export const preflightRoute = 'OPTIONS /{proxy+}';

export type IngestRoute = (typeof ingestRoutes)[number];
export type AnalyticsRoute = (typeof analyticsRoutes)[number];
export type RouteKey = IngestRoute | AnalyticsRoute;
