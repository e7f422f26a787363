import type pg from 'pg';
import type { PipelineStatus } from '../api/pipeline-operations.ts';
import { inTenant, type Tenant } from '../platform/postgres.ts';
import type { QueueDepth } from '../platform/queue-depth.ts';
import { readCounts } from './counts.ts';
import { readEvents } from './events.ts';

const NEWEST = 10;

/** Where a tenant's events stand: counts and waiting time by stage, the queues, and the newest events. */
export async function readStatus(
  pool: pg.Pool,
  readDepths: () => Promise<QueueDepth[]>,
  tenant: Tenant,
): Promise<PipelineStatus> {
  const [{ counts, events }, queues] = await Promise.all([
    inTenant(pool, tenant, async (client) => ({
      counts: await readCounts(client, tenant),
      events: await readEvents(client, tenant, NEWEST, null),
    })),
    // Events do not depend on the queues, and neither does this answer.
    readDepths().catch(() => []),
  ]);
  const { raw, pending, vaultEvents, quarantinedEvents } = counts;
  return {
    success: true,
    tenant_id: tenant.tenantId,
    generated_at: new Date().toISOString(),
    stages: {
      raw: { events: raw.events },
      pending: { events: pending.events, requests: pending.requests, oldest_seconds: pending.oldest_seconds },
      staged: { events: pending.staged_events, oldest_seconds: pending.staged_seconds },
      vault: { events: vaultEvents },
      quarantined: { events: quarantinedEvents },
    },
    lag: { staging_seconds: pending.landed_seconds ?? 0, business_seconds: pending.staged_seconds ?? 0 },
    oldest_pending: pending.oldest,
    queues,
    recent: events.map(({ event_id, event_type, received_at, business_status }) => ({
      event_id,
      event_type,
      received_at: received_at.toISOString(),
      stage: business_status,
    })),
  };
}
