import { createHash } from 'node:crypto';
import type pg from 'pg';
import * as z from 'zod';
import type { Dashboard, dashboardQuery } from '../api/pipeline-operations.ts';
import { inTenant, type Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { readCounts } from './counts.ts';
import { type EventPosition, type EventRow, readEvents } from './events.ts';

const position = z.tuple([z.string(), z.iso.datetime(), z.string().regex(/^\d{1,19}$/)]);

/**
 * A summary of a tenant's events, and one page of them with their stages.
 * @throws Problem 400 for a cursor that no answer to this tenant held.
 */
export async function readDashboard(
  pool: pg.Pool,
  tenant: Tenant,
  { limit, cursor }: z.infer<typeof dashboardQuery>,
): Promise<Dashboard> {
  const after = cursor === undefined ? null : readCursor(tenant, cursor);
  const { counts, rows } = await inTenant(pool, tenant, async (client) => ({
    counts: await readCounts(client, tenant),
    rows: await readEvents(client, tenant, limit + 1, after),
  }));
  const { raw, pending, vaultEvents, quarantinedEvents } = counts;
  const staged = vaultEvents + pending.staged_events;
  const total = staged + quarantinedEvents + pending.events - pending.staged_events;
  const events = rows.slice(0, limit);
  const last = events.at(-1);
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
    events: events.map(({ raw_event_id, received_at, ...event }) => ({
      ...event,
      received_at: received_at.toISOString(),
    })),
    next_cursor: last !== undefined && rows.length > limit ? writeCursor(tenant, last) : null,
  };
}

/** With two decimals. */
const percentage = (part: number, whole: number): number =>
  whole === 0 ? 100 : Math.round((10_000 * part) / whole) / 100;

function writeCursor(tenant: Tenant, { received_at, raw_event_id }: EventRow): string {
  const at = received_at.toISOString();
  return Buffer.from(JSON.stringify([seal(tenant, at, raw_event_id), at, raw_event_id])).toString(
    'base64url',
  );
}

function readCursor(tenant: Tenant, cursor: string): EventPosition {
  const read = position.safeParse(jsonIn(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!read.success || seal(tenant, read.data[1], read.data[2]) !== read.data[0]) {
    throw new Problem(400, 'invalid_cursor', 'Send the next_cursor of an answer, or none to begin anew.', {
      pointer: '/cursor',
    });
  }
  return { receivedAt: new Date(read.data[1]), rawEventId: read.data[2] };
}

/**
 * Binds a cursor to its tenant, so that one tenant's is refused to another. It keeps nothing secret: whom a cursor lets see what
 * is up to row-level security.
 */
const seal = ({ tenantHk }: Tenant, ...parts: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([tenantHk.toString('hex'), 'dashboard', ...parts]))
    .digest('base64url')
    .slice(0, 22);

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
