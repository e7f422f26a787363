import * as z from 'zod';
import { dashboardEvent } from '../api/pipeline-operations.ts';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const eventsStatement = readStatement('pipeline-state/events');

const eventRow = dashboardEvent.extend({ raw_event_id: z.string(), received_at: z.date() });
export type EventRow = z.infer<typeof eventRow>;

/** The event behind which a page of events begins. */
export interface EventPosition {
  readonly receivedAt: Date;
  readonly rawEventId: string;
}

/** The newest events of a tenant, or those that follow one of them. */
export async function readEvents(
  client: Queryable,
  { tenantId }: Tenant,
  limit: number,
  after: EventPosition | null,
): Promise<EventRow[]> {
  const { rows } = await client.query(eventsStatement, [
    tenantId,
    limit,
    after?.receivedAt ?? null,
    after?.rawEventId ?? null,
  ]);
  return z.array(eventRow).parse(rows);
}
