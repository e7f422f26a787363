import type pg from 'pg';
import { type Landing, landRequest } from '../../lambdas/pipeline/land-request.ts';
import { loadRequests } from '../../lambdas/pipeline/load-requests.ts';
import { readRequest } from '../../lambdas/pipeline/read-request.ts';
import { stageRequests } from '../../lambdas/pipeline/stage-requests.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Doorbell, PendingRequest } from '../../lambdas/platform/doorbell.ts';
import type { Logger } from '../../lambdas/platform/log.ts';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import type { Caller } from '../../lambdas/tenancy/caller.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import type { TokenKind } from '../../lambdas/tenancy/token.ts';
import { createKeyKeeper } from '../../lambdas/tenancy/visitor-keys.ts';
import { createSaltKeeper } from '../../lambdas/tenancy/visitor-salts.ts';
import { loginAs } from './database.ts';

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  measure: () => undefined,
};

/** A doorbell that remembers what it was rung for. */
export function recordingBell(): Doorbell & { readonly rung: PendingRequest[] } {
  const rung: PendingRequest[] = [];
  return {
    rung,
    ring: async (requests) => {
      rung.push(...requests);
    },
  };
}

export const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

/**
 * A tenant of a test database, and its events' way through the stages without queues between them, each stage logged in as the
 * role it has in a deployment.
 */
export async function createTenant(
  pool: pg.Pool,
  tenantId: string,
  { ingest, loader } = {
    ingest: loginAs(pool, databaseRoles.ingest),
    loader: loginAs(pool, databaseRoles.loader),
  },
) {
  await provisionTenant(pool, { tenantId, siteId: 'main', name: tenantId });
  const { rows } = await pool.query<{ tenant_hk: Buffer }>(
    'SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1',
    [tenantId],
  );
  const tenantHk = rows[0]?.tenant_hk ?? Buffer.alloc(0);
  const secrets = { saltOf: createSaltKeeper(ingest), keyOf: createKeyKeeper(ingest) };

  const land = (
    body: unknown,
    {
      kind = 'secret',
      address = '198.51.100.7',
      userAgent = BROWSER,
      arrival = new Date(),
      database = ingest,
      traceId = null,
    }: Partial<{
      kind: TokenKind;
      address: string;
      userAgent: string;
      arrival: Date;
      /** Where to land: a transaction of the test's own holds the events back until it commits. */
      database: Queryable;
      traceId: string | null;
    }> = {},
  ): Promise<Landing> => {
    const caller: Caller = { tenantId, tenantHk, siteId: 'main', kind };
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    return landRequest(
      database,
      secrets,
      caller,
      { address, userAgent, arrival, traceId },
      readRequest(bytes),
    );
  };
  const stage = async (requestIds: readonly string[]) => {
    const bell = recordingBell();
    await stageRequests(loader, bell, silent, requestIds);
    return bell.rung.map(({ requestId }) => requestId);
  };
  const load = (requestIds: readonly string[]) => loadRequests(loader, silent, requestIds);
  /** Lands, stages and loads. */
  const track = async (...parameters: Parameters<typeof land>): Promise<Landing> => {
    const landing = await land(...parameters);
    await load(await stage(landing.pending.map(({ requestId }) => requestId)));
    return landing;
  };
  return { tenantId, tenantHk, land, stage, load, track };
}
