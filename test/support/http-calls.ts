import type pg from 'pg';
import * as z from 'zod';
import { createGate } from '../../lambdas/api/gate.ts';
import { createTracker } from '../../lambdas/api/track.ts';
import type { TrackRoute } from '../../lambdas/api/track-operations.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Doorbell } from '../../lambdas/platform/doorbell.ts';
import type { HttpAnswer } from '../../lambdas/platform/http.ts';
import type { Logger } from '../../lambdas/platform/log.ts';
import { loginAs } from './database.ts';
import { recordingBell, silent } from './pipeline.ts';

/** A request as the gateway hands it over. */
export const gatewayEvent = (
  routeKey: string,
  headers: Record<string, string>,
  body: unknown = '',
  sourceIp = '192.0.2.1',
) => ({
  routeKey,
  headers,
  body: Buffer.isBuffer(body)
    ? body.toString('base64')
    : typeof body === 'string'
      ? body
      : JSON.stringify(body),
  isBase64Encoded: Buffer.isBuffer(body),
  requestContext: { requestId: 'r', http: { sourceIp } },
});

export const credentials = (token: string, customer: string, more: Record<string, string> = {}) => ({
  authorization: `Bearer ${token}`,
  'x-customer-id': customer,
  'content-type': 'application/json',
  ...more,
});

export const json = (answer: HttpAnswer) => z.record(z.string(), z.unknown()).parse(JSON.parse(answer.body));

interface Parts {
  readonly bell?: Doorbell;
  readonly logger?: Logger;
  readonly patience?: number;
  readonly defaultRate?: number;
  /** Whom it logs in as instead of the ingest role. */
  readonly login?: pg.Pool;
}

/** The track calls of one ingest process on a test database, without a queue behind them. */
export function ingestProcess(
  owner: pg.Pool,
  { bell = recordingBell(), logger = silent, patience, defaultRate = 30_000, login }: Parts = {},
) {
  const pool = login ?? loginAs(owner, databaseRoles.ingest);
  const gate = createGate({ database: pool, logger, rate: { of: 'events', perSecond: defaultRate } });
  const track = createTracker({
    addressOf: ({ requestContext }) => requestContext.http.sourceIp,
    pool,
    gate,
    stagingBell: bell,
    logger,
    ...(patience !== undefined && { patience }),
  });
  return (route: TrackRoute, headers: Record<string, string>, body: unknown): Promise<HttpAnswer> =>
    gate.serve((call) => track(call, route))(gatewayEvent(route, headers, body));
}
