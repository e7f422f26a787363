import type pg from 'pg';
import * as z from 'zod';
import { cursorTime, readCursor, writeCursor } from '../api/cursor.ts';
import type { Dashboard, dashboardQuery } from '../api/pipeline-operations.ts';
import { inTenant, type Tenant } from '../platform/postgres.ts';
import { type Counts, readCounts } from './counts.ts';
import { type EventPosition, type EventRow, readEvents } from './events.ts';

/** Keys of raw events are those of a bigint. */
const MOST_KEY = 2n ** 63n - 1n;

/** The last event of a page: when it arrived, and its raw id. */
const position = z.tuple([
  cursorTime,
  z
    .string()
    .regex(/^\d{1,19}$/, { abort: true })
    .refine((key) => BigInt(key) <= MOST_KEY),
]);

/**
 * One page of a tenant's events with their stages; the first has a summary of all of them.
 * @throws Problem 400 for a cursor that no answer to this tenant held.
 */
export async function readDashboard(
  pool: pg.Pool,
  tenant: Tenant,
  { limit, cursor }: z.infer<typeof dashboardQuery>,
): Promise<Dashboard> {
  const asked = { tenant, question: ['dashboard'] };
  const after = cursor === undefined ? null : eventAt(readCursor(asked, position, cursor));
  const { summed, rows } = await inTenant(pool, tenant, async (client) => ({
    summed: after === null ? sumUp(await readCounts(client, tenant)) : {},
    rows: await readEvents(client, tenant, limit + 1, after),
  }));
  const events = rows.slice(0, limit);
  const last = events.at(-1);
  return {
    ...summed,
    events: events.map(({ raw_event_id, received_at, ...event }) => ({
      ...event,
      received_at: received_at.toISOString(),
    })),
    next_cursor: last !== undefined && rows.length > limit ? writeCursor(asked, positionOf(last)) : null,
  };
}

function sumUp({
  raw,
  pending,
  vaultEvents,
  quarantinedEvents,
}: Counts): Pick<Dashboard, 'summary' | 'completion_rates'> {
  const staged = vaultEvents + pending.staged_events;
  const total = staged + quarantinedEvents + pending.events - pending.staged_events;
  return {
    summary: {
      total_events: total,
      processed_to_staging: staged,
      processed_to_business: vaultEvents,
      quarantined: quarantinedEvents,
      pending: pending.events,
      latest_event: raw.latest,
    },
    completion_rates: { staging: percentage(staged, total), business: percentage(vaultEvents, total) },
  };
}

/** With two decimals. */
const percentage = (part: number, whole: number): number =>
  whole === 0 ? 100 : Math.round((10_000 * part) / whole) / 100;

function positionOf({ received_at, raw_event_id }: EventRow): z.infer<typeof position> {
  return [received_at.toISOString(), raw_event_id];
}

const eventAt = ([receivedAt, rawEventId]: z.infer<typeof position>): EventPosition => ({
  receivedAt: new Date(receivedAt),
  rawEventId,
});
