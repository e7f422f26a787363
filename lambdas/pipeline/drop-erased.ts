import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { visitorMark } from '../tenancy/visitor-keys.ts';
import { hashKey } from '../vault/hash-key.ts';
import type { LandedRequest, StagedRow } from './landed-request.ts';
import { ordinalOf } from './raw-event-id.ts';
import { dropEvents } from './rewritten-request.ts';

const awaitMarking = readStatement('erasure/await_marking');
const findKeys = readStatement('erasure/find_keys');
const findErased = readStatement('erasure/find_erased');
const findInVault = readStatement('erasure/find_in_vault');
const tallyStatement = readStatement('erasure/tally');

const keyRow = z.object({ tenant_hk: z.instanceof(Buffer), secret: z.instanceof(Buffer) });
const erasedRow = z.object({ visitor_mark: z.instanceof(Buffer) });
const vaultRow = z.object({ raw_event_id: z.string() });

/**
 * Drops events of erased visitors: their bytes are written over, and they are counted as erased. What comes again and is in the vault is
 * left to the erasure, which makes it a stranger's in both. Runs in the transaction that stages the
 * others, so whoever marks a visitor as erased and waits for the transactions under way knows that no event of theirs follows.
 * @returns the events that stay.
 */
export async function dropErased(
  client: Queryable,
  requests: readonly LandedRequest[],
  events: readonly StagedRow[],
): Promise<readonly StagedRow[]> {
  const tenants = new Map(requests.map(({ tenant_hk }) => [tenant_hk.toString('hex'), tenant_hk]));
  await client.query(awaitMarking);
  const found = await client.query(findKeys, [[...tenants.values()]]);
  const keys = z.array(keyRow).parse(found.rows);
  if (keys.length === 0) return events;
  const requestOf = new Map(requests.map((request) => [request.request_id, request]));
  const marked = events.flatMap((event) => {
    const { visitorId } = event;
    const tenantHk = requestOf.get(event.requestId)?.tenant_hk;
    if (visitorId === null || tenantHk === undefined) return [];
    return keys
      .filter((key) => key.tenant_hk.equals(tenantHk))
      .map(({ secret }) => ({ event, tenantHk, mark: visitorMark(secret, visitorId) }));
  });
  const { rows } = await client.query(findErased, [
    marked.map(({ tenantHk }) => tenantHk),
    marked.map(({ mark }) => mark),
  ]);
  const erasedMarks = new Set(
    z
      .array(erasedRow)
      .parse(rows)
      .map(({ visitor_mark }) => visitor_mark.toString('hex')),
  );
  const erased = new Set(
    marked.filter(({ mark }) => erasedMarks.has(mark.toString('hex'))).map(({ event }) => event),
  );
  if (erased.size === 0) return events;
  const inVault = await findLoaded(client, requestOf, [...erased]);
  await dropFromRaw(
    client,
    requests,
    [...erased].map(({ rawEventId }) => rawEventId).filter((id) => !inVault.has(id)),
  );
  return events.filter((event) => !erased.has(event));
}

/** Raw ids of events that the vault has as these visitors'. */
async function findLoaded(
  client: Queryable,
  requestOf: ReadonlyMap<string, LandedRequest>,
  events: readonly StagedRow[],
): Promise<ReadonlySet<string>> {
  const sought = events.flatMap(({ rawEventId, requestId, visitorId }) => {
    const request = requestOf.get(requestId);
    if (request === undefined || visitorId === null) return [];
    const eventId = request.event_ids[ordinalOf(rawEventId).ordinal];
    const visitor = hashKey(request.tenant_id, visitorId);
    return [{ rawEventId, tenantHk: request.tenant_hk, eventId, visitor }];
  });
  const { rows } = await client.query(findInVault, [
    sought.map(({ rawEventId }) => rawEventId),
    sought.map(({ tenantHk }) => tenantHk),
    sought.map(({ eventId }) => eventId),
    sought.map(({ visitor }) => visitor),
  ]);
  return new Set(
    z
      .array(vaultRow)
      .parse(rows)
      .map(({ raw_event_id }) => raw_event_id),
  );
}

/** Writes over events that are in no vault, and counts them. The requests must be this transaction's own. */
export async function dropFromRaw(
  client: Queryable,
  requests: readonly LandedRequest[],
  rawEventIds: readonly string[],
): Promise<void> {
  const rewritten = await dropEvents(client, requests, rawEventIds);
  for (const [tenantId, own] of Map.groupBy(rewritten, ({ request }) => request.tenant_id)) {
    const arrivals = own.flatMap(({ request, replacements }) =>
      Array.from(replacements, () => request.received_timestamp),
    );
    await client.query(tallyStatement, [tenantId, arrivals, arrivals.map(() => 'dropped')]);
  }
}
