import { createGate } from './api/gate.ts';
import { createPreflight } from './api/preflight.ts';
import { processPending } from './api/process-pending.ts';
import { createTracker } from './api/track.ts';
import { createViewerAddress } from './api/viewer-address.ts';
import { databaseRoles } from './platform/database-roles.ts';
import { readEnvironment } from './platform/environment.ts';
import { createStagingBell } from './platform/gathering-doorbell.ts';
import { answer } from './platform/http.ts';
import { invoked } from './platform/invocation.ts';
import { createLogger } from './platform/log.ts';
import { createPool } from './platform/postgres.ts';
import { notFound, unavailable } from './platform/problem.ts';
import { type IngestRoute, ingestRoutes, preflightRoute } from './platform/routes.ts';

const environment = readEnvironment();
const logger = createLogger('ingest', environment);
const pool = createPool(environment, databaseRoles.ingest);
const gate = createGate({
  database: pool,
  logger,
  rate: { of: 'events', perSecond: environment.TOKEN_RATE_LIMIT },
});
const preflight = createPreflight(gate.knownOrigins);
const track = createTracker({
  pool,
  gate,
  stagingBell: createStagingBell(environment),
  addressOf: createViewerAddress(environment.EDGE_KEY_HASHES),
  logger,
});

const routeOf = (key: string): IngestRoute | undefined => ingestRoutes.find((route) => route === key);

const answered = gate.serve(async (call) => {
  const { request } = call;
  if (request.routeKey === preflightRoute) return preflight(request);
  const route = routeOf(request.routeKey);
  switch (route) {
    case undefined:
      throw notFound();
    case 'GET /health':
      return answer(200, { status: 'ok' });
    case 'POST /api/v1/track/process': {
      const { tenantId } = await gate.admit(call, 'pipeline:run');
      await gate.count(call);
      const processed = await processPending(pool, logger, tenantId, {
        eventsPerSet: environment.BATCH_SIZE,
      });
      await gate.note(call, 'done');
      return answer(200, processed);
    }
    default:
      if (environment.SITE_TRACKING_ENABLED === 'false') throw unavailable(true);
      return track(call, route);
  }
});

/** Stores what browsers and servers send, processes what is pending, and says whether this function is alive. */
export const handler = invoked(answered);
