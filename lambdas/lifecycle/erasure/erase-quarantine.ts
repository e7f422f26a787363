import type pg from 'pg';
import * as z from 'zod';
import { dropFromRaw } from '../../pipeline/drop-erased.ts';
import { ordinalOf } from '../../pipeline/raw-event-id.ts';
import { inTransaction, type Queryable, type Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { ownedEvents, ownerOf, rowlessEvent } from './event-owners.ts';
import { lockRequests } from './lock-requests.ts';

const readQuarantine = readStatement('erasure/read_quarantine');
const deleteQuarantine = readStatement('erasure/delete_quarantine');
const tally = readStatement('erasure/tally');

const PAGE = 1_000;
const BYTES_IN_MEMORY = 16 * 1_048_576;

const quarantinedRow = z
  .object({
    quarantine_id: z.string(),
    raw_event_id: z.string().nullable(),
    event_id: z.string(),
    received_timestamp: z.date(),
  })
  .extend(rowlessEvent.shape);
type Quarantined = z.infer<typeof quarantinedRow>;

export interface ErasedQuarantine {
  /** Events that had a place in the raw layer. */
  readonly dropped: number;
  /** Second payloads under a known id, which had none. */
  readonly conflicts: number;
}

/** Which part of the quarantine is looked through. */
interface Part {
  /** Second payloads under a known id alone. */
  readonly conflictsOnly?: boolean;
  /** The id behind which it begins. */
  readonly after?: string;
  /** Whether there is time for another page. */
  readonly hasTime?: () => boolean;
}

/**
 * Deletes quarantined events of visitors, and writes over their bytes in the raw layer. A second payload under a known id goes also when
 * the event that has the id is theirs.
 * @param eventIds of all events of the visitors that the vault has.
 * @returns what went, and the id up to which it has come.
 */
export async function eraseQuarantine(
  pool: pg.Pool,
  tenant: Tenant,
  isErased: (visitorId: string) => boolean,
  eventIds: ReadonlySet<string>,
  { conflictsOnly = false, after = '0', hasTime = () => true }: Part = {},
): Promise<ErasedQuarantine & { readonly last: string }> {
  const sum = { dropped: 0, conflicts: 0, last: after };
  for (;;) {
    const { rows, erased } = await inTransaction(pool, async (client) => {
      const read = await client.query(readQuarantine, [
        tenant.tenantId,
        sum.last,
        PAGE,
        conflictsOnly,
        BYTES_IN_MEMORY,
      ]);
      const page = z.array(quarantinedRow).parse(read.rows);
      return { rows: page, erased: await erasePage(client, tenant, page, isErased, eventIds) };
    });
    sum.dropped += erased.dropped;
    sum.conflicts += erased.conflicts;
    const last = rows.at(-1);
    if (last === undefined) return sum;
    sum.last = last.quarantine_id;
    if (!hasTime()) return sum;
  }
}

async function erasePage(
  client: Queryable,
  tenant: Tenant,
  page: readonly Quarantined[],
  isErased: (visitorId: string) => boolean,
  eventIds: ReadonlySet<string>,
): Promise<ErasedQuarantine> {
  const landed = page.flatMap((event) =>
    event.raw_event_id === null
      ? []
      : { rawEventId: event.raw_event_id, requestId: ordinalOf(event.raw_event_id).requestId, event },
  );
  const isTheirs = (event: Quarantined): boolean => {
    const owner = ownerOf(event);
    return owner !== null && isErased(owner);
  };
  const dropped = new Set<string>();
  const seen = new Set<string>();
  const wanted = new Set(landed.map(({ rawEventId }) => rawEventId));
  const places = landed.map(({ requestId, event }) => ({
    request_id: requestId,
    received_timestamp: event.received_timestamp,
  }));
  for await (const requests of lockRequests(client, tenant, places)) {
    const theirs = requests
      .flatMap(ownedEvents)
      .filter(({ rawEventId, visitorId }) => wanted.has(rawEventId) && isErased(visitorId))
      .map(({ rawEventId }) => rawEventId);
    await dropFromRaw(client, requests, theirs);
    for (const id of theirs) dropped.add(id);
    for (const { request_id } of requests) seen.add(request_id);
  }
  const conflicts = page.filter(
    (event) => event.raw_event_id === null && (eventIds.has(event.event_id) || isTheirs(event)),
  );
  await client.query(tally, [
    tenant.tenantId,
    conflicts.map(({ received_timestamp }) => received_timestamp),
    conflicts.map(() => 'conflict'),
  ]);
  const gone = landed
    .filter(({ rawEventId, requestId, event }) =>
      seen.has(requestId) ? dropped.has(rawEventId) : isTheirs(event),
    )
    .map(({ event }) => event);
  await client.query(deleteQuarantine, [[...gone, ...conflicts].map(({ quarantine_id }) => quarantine_id)]);
  return { dropped: gone.length, conflicts: conflicts.length };
}
