import type pg from 'pg';
import * as z from 'zod';
import { namedVisitor } from '../../event/named-visitor.ts';
import { isPayload } from '../../event/payload.ts';
import { dropFromRaw } from '../../pipeline/drop-erased.ts';
import { ordinalOf } from '../../pipeline/raw-event-id.ts';
import { type LandedRequest, landedRequest, stageOne } from '../../pipeline/stage-requests.ts';
import { inTransaction, type Queryable, type Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

const readQuarantine = readStatement('erasure/read_quarantine');
const readRequests = readStatement('erasure/read_requests');
const deleteQuarantine = readStatement('erasure/delete_quarantine');
const tally = readStatement('erasure/tally');

const PAGE = 1_000;

const quarantinedRow = z.object({
  quarantine_id: z.string(),
  raw_event_id: z.string().nullable(),
  event_id: z.string(),
  received_timestamp: z.date(),
  original_bytes: z.instanceof(Buffer),
});
type Quarantined = z.infer<typeof quarantinedRow>;

export interface ErasedQuarantine {
  /** Events that had a place in the raw layer. */
  readonly dropped: number;
  /** Second payloads under a known id, which had none. */
  readonly conflicts: number;
}

/**
 * Deletes quarantined events of visitors, and writes over their bytes in the raw layer. Of a second payload under a known id nothing but
 * its bytes is there: it goes when it names one of the visitors, or when the event that has the id is theirs.
 * @param eventIds of all events of the visitors that the vault has.
 */
export async function eraseQuarantine(
  pool: pg.Pool,
  tenant: Tenant,
  isErased: (visitorId: string) => boolean,
  eventIds: ReadonlySet<string>,
  { conflictsOnly = false } = {},
): Promise<ErasedQuarantine> {
  const sum = { dropped: 0, conflicts: 0 };
  let after = '0';
  for (;;) {
    const { rows, erased } = await inTransaction(pool, async (client) => {
      const read = await client.query(readQuarantine, [tenant.tenantId, after, PAGE, conflictsOnly]);
      const page = z.array(quarantinedRow).parse(read.rows);
      return { rows: page, erased: await erasePage(client, tenant, page, isErased, eventIds) };
    });
    sum.dropped += erased.dropped;
    sum.conflicts += erased.conflicts;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return sum;
    after = last.quarantine_id;
  }
}

async function erasePage(
  client: Queryable,
  tenant: Tenant,
  page: readonly Quarantined[],
  isErased: (visitorId: string) => boolean,
  eventIds: ReadonlySet<string>,
): Promise<ErasedQuarantine> {
  const raw = page.filter(({ raw_event_id }) => raw_event_id !== null);
  const { rows } = await client.query(readRequests, [
    tenant.tenantId,
    tenant.tenantHk,
    raw.map(({ received_timestamp }) => received_timestamp),
    raw.map(({ event_id }) => event_id),
  ]);
  const requests = z.array(landedRequest).parse(rows);
  const visitorOf = new Map(
    requests.flatMap((request) => stageOne(request).map((event) => [event.rawEventId, event.visitorId])),
  );
  const isTheirs = ({ raw_event_id, event_id, original_bytes }: Quarantined): boolean => {
    const named = visitorIn(original_bytes);
    if (named !== null && isErased(named)) return true;
    if (raw_event_id === null) return eventIds.has(event_id);
    const visitorId = visitorOf.get(raw_event_id) ?? null;
    return visitorId !== null && isErased(visitorId);
  };
  const theirs = page.filter(isTheirs);
  const dropped = theirs.flatMap(({ raw_event_id }) => raw_event_id ?? []);
  const conflicts = theirs.filter(({ raw_event_id }) => raw_event_id === null);
  await dropFromRaw(client, holding(requests, dropped), dropped);
  await client.query(tally, [
    tenant.tenantId,
    conflicts.map(({ received_timestamp }) => received_timestamp),
    conflicts.map(() => 'conflict'),
  ]);
  await client.query(deleteQuarantine, [theirs.map(({ quarantine_id }) => quarantine_id)]);
  return { dropped: dropped.length, conflicts: conflicts.length };
}

function holding(requests: readonly LandedRequest[], rawEventIds: readonly string[]): LandedRequest[] {
  const wanted = new Set(rawEventIds.map((id) => ordinalOf(id).requestId));
  return requests.filter(({ request_id }) => wanted.has(request_id));
}

function visitorIn(bytes: Buffer): string | null {
  try {
    const payload: unknown = JSON.parse(bytes.toString('utf8'));
    return isPayload(payload) ? namedVisitor(payload) : null;
  } catch {
    return null;
  }
}
