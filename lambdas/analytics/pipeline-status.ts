import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import type { QueueDepth } from '../platform/queue-depth.ts';
import { readStatement } from '../platform/statement.ts';
import type { Caller } from '../tenancy/caller.ts';

const pipelineCounts = readStatement('pipeline_counts');
const recentEvents = readStatement('recent_events');

const NEWEST = 10;

const waiting = z.object({ events: z.number(), oldest_seconds: z.number().nullable() });
const counts = z.object({
  raw_events: z.coerce.number(),
  pending: waiting.extend({ requests: z.number() }),
  staged: waiting,
  vault_events: z.coerce.number(),
  quarantined_events: z.coerce.number(),
});
const recent = z.object({
  event_id: z.string(),
  event_type: z.string().nullable(),
  received_at: z.date().transform((at) => at.toISOString()),
  stage: z.string(),
});

export interface PipelineStatus {
  readonly tenant_id: string;
  readonly generated_at: string;
  readonly stages: {
    readonly raw: { readonly events: number };
    readonly pending: z.infer<typeof counts>['pending'];
    readonly staged: z.infer<typeof waiting>;
    readonly vault: { readonly events: number };
    readonly quarantined: { readonly events: number };
  };
  /** Empty while the queues do not answer. */
  readonly queues: readonly QueueDepth[];
  readonly recent: readonly z.infer<typeof recent>[];
}

/** Where a tenant's events stand: counts and waiting time by stage, the queues, and the newest events. */
export async function readPipelineStatus(
  database: Queryable,
  readDepths: () => Promise<QueueDepth[]>,
  { tenantId, tenantHk }: Caller,
): Promise<PipelineStatus> {
  const [stages, newest, queues] = await Promise.all([
    database.query(pipelineCounts, [tenantId, tenantHk]),
    database.query(recentEvents, [tenantId, NEWEST]),
    // Events do not depend on the queues, and neither does this answer.
    readDepths().catch(() => []),
  ]);
  const { raw_events, pending, staged, vault_events, quarantined_events } = counts.parse(stages.rows[0]);
  return {
    tenant_id: tenantId,
    generated_at: new Date().toISOString(),
    stages: {
      raw: { events: raw_events },
      pending,
      staged,
      vault: { events: vault_events },
      quarantined: { events: quarantined_events },
    },
    queues,
    recent: z.array(recent).parse(newest.rows),
  };
}
