import type pg from 'pg';
import { takeSnapshots } from '../../lambdas/lifecycle/snapshots.ts';
import { landRequest } from '../../lambdas/pipeline/land-request.ts';
import { readRequest } from '../../lambdas/pipeline/read-request.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createKeyKeeper } from '../../lambdas/tenancy/visitor-keys.ts';
import { createSaltKeeper } from '../../lambdas/tenancy/visitor-salts.ts';
import { loginAs } from '../support/database.ts';
import { createTenant, silent } from '../support/pipeline.ts';
import type { GeneratedEvent } from './generated-events.ts';
import { attribute, type Seen } from './oracle.ts';

const EVENTS_OF_REQUEST = 400;

/** A tenant whose generated events are in the vault, each with its session. */
export interface KnownTenant {
  readonly tenantId: string;
  readonly tenantHk: Buffer;
  readonly all: readonly Seen[];
}

/**
 * Makes a tenant with two sites, of which `blog` keeps Berlin's days, and sends events of theirs through the pipeline. Half way
 * sessions close, so that some are open afterwards, some closed, and some open again.
 */
export async function fillTenant(
  pool: pg.Pool,
  tenantId: string,
  events: readonly GeneratedEvent[],
): Promise<KnownTenant> {
  const { tenantHk, stage, load } = await createTenant(pool, tenantId);
  await provisionTenant(pool, { tenantId, siteId: 'blog', name: 'Blog' });
  await pool.query(
    "UPDATE auth.sites SET time_zone = 'Europe/Berlin' WHERE tenant_hk = $1 AND site_id = 'blog'",
    [tenantHk],
  );
  const ingest = loginAs(pool, databaseRoles.ingest);
  const secrets = { saltOf: createSaltKeeper(ingest), keyOf: createKeyKeeper(ingest) };
  const requests = requestsOf(events);
  for (const [index, sent] of requests.entries()) {
    if (index === Math.floor(requests.length / 2)) await takeSnapshots(pool, silent, new Date());
    const [first] = sent;
    if (first === undefined) continue;
    const landing = await landRequest(
      ingest,
      secrets,
      { tenantId, tenantHk, siteId: first.siteId, kind: 'secret' },
      { address: '198.51.100.7', userAgent: '', arrival: new Date() },
      readRequest(Buffer.from(JSON.stringify(sent.map(({ payload }) => payload)))),
    );
    await load(await stage(landing.pending.map(({ requestId }) => requestId)));
  }
  return { tenantId, tenantHk, all: attribute(events) };
}

/** A request is of one site. The last event comes alone, so that it is the newest to arrive. */
function requestsOf(events: readonly GeneratedEvent[]): GeneratedEvent[][] {
  const ofSites = Map.groupBy(events.slice(0, -1), ({ siteId }) => siteId);
  const requests = [...ofSites.values()].flatMap((ofSite) =>
    Array.from({ length: Math.ceil(ofSite.length / EVENTS_OF_REQUEST) }, (_, n) =>
      ofSite.slice(n * EVENTS_OF_REQUEST, (n + 1) * EVENTS_OF_REQUEST),
    ),
  );
  return [...requests, events.slice(-1)];
}
