import * as z from 'zod';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const countsStatement = readStatement('pipeline-state/counts');

/** A clock that was set back can make an arrival lie ahead. */
const seconds = z
  .number()
  .transform((value) => Math.max(0, value))
  .nullable();
const countsRow = z.object({
  raw: z.object({ events: z.number(), latest: z.string().nullable() }),
  pending: z.object({
    events: z.number(),
    requests: z.number(),
    oldest_seconds: seconds,
    oldest: z.string().nullable(),
    landed_seconds: seconds,
    staged_events: z.number(),
    staged_seconds: seconds,
  }),
  vault_events: z.coerce.number(),
  quarantined_events: z.coerce.number(),
});

export type Counts = Awaited<ReturnType<typeof readCounts>>;

/** How many of a tenant's events are where, and since when the oldest wait. Times are RFC 3339 in UTC. */
export async function readCounts(client: Queryable, { tenantId, tenantHk }: Tenant) {
  const { rows } = await client.query(countsStatement, [tenantId, tenantHk]);
  const { raw, pending, vault_events, quarantined_events } = countsRow.parse(rows[0]);
  return { raw, pending, vaultEvents: vault_events, quarantinedEvents: quarantined_events };
}
