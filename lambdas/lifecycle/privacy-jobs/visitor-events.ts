import * as z from 'zod';
import { storableText } from '../../event/json-text.ts';
import { namedVisitor } from '../../event/named-visitor.ts';
import { type LandedRequest, landedRequest } from '../../pipeline/landed-request.ts';
import type { Queryable, Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { ownedEvents, ownerOf, rowlessEvent } from '../erasure/event-owners.ts';
import { readExpiredRequests } from '../erasure/expired-requests.ts';

const findEvents = readStatement('export/find_events');
const findWaiting = readStatement('export/find_waiting');
const readRequests = readStatement('export/read_requests');
const readQuarantine = readStatement('export/read_quarantine');

const eventRow = z.object({ event_id: z.string(), load_date: z.date() });
const waitingRow = z.object({ received_timestamp: z.date() });
const quarantinedRow = rowlessEvent.extend({
  quarantine_id: z.string(),
  raw_event_id: z.string().nullable(),
  event_id: z.string(),
  received_timestamp: z.date(),
  quarantined_at: z.date(),
  stage: z.string(),
  reason_code: z.string(),
  reasons: z.array(z.string()),
  record_source: z.string(),
});
type Quarantined = z.infer<typeof quarantinedRow>;

/** Requests hold up to a mebibyte each. */
const ARRIVALS_AT_ONCE = 20;
const QUARANTINED_AT_ONCE = 500;
const QUARANTINED_BYTES = 16 * 1_048_576;

const contextRow = z.looseObject({
  user_agent: z.string().optional(),
  visitor_ip_hash: z.string().optional(),
  visitor_key: z.string().optional(),
});

/** A visitor's events where only their bytes say whose they are, each as JSON. */
export interface VisitorEvents {
  /** Each event of theirs that the raw layer has, whatever became of it. */
  raw(): AsyncGenerator<string>;
  quarantined(): AsyncGenerator<string>;
}

export async function findVisitorEvents(
  client: Queryable,
  tenant: Tenant,
  visitorIds: ReadonlySet<string>,
  visitors: readonly Buffer[],
): Promise<VisitorEvents> {
  const { rows } = await client.query(findEvents, [tenant.tenantHk, visitors]);
  const vaulted = z.array(eventRow).parse(rows);
  const ids = new Set(vaulted.map(({ event_id }) => event_id));
  const waiting = z.array(waitingRow).parse((await client.query(findWaiting, [tenant.tenantId])).rows);
  const quarantined = await findQuarantined(client, tenant, visitorIds, ids);

  const arrivals = distinct([
    ...vaulted.map(({ load_date }) => load_date),
    ...[...waiting, ...quarantined].map(({ received_timestamp }) => received_timestamp),
  ]);
  const isTheirs = ({ eventId, visitorId }: { readonly eventId: string; readonly visitorId: string }) =>
    visitorIds.has(visitorId) || ids.has(eventId);

  async function* raw(): AsyncGenerator<string> {
    for await (const requests of requestsOf(client, tenant, arrivals))
      for (const request of requests) yield* eventsIn(request, isTheirs, visitorIds);
    const read = new Set(arrivals.map((arrival) => arrival.getTime()));
    for await (const requests of readExpiredRequests(client, tenant)) {
      const others = requests.filter(({ received_timestamp }) => !read.has(received_timestamp.getTime()));
      for (const request of others) yield* eventsIn(request, isTheirs, visitorIds);
    }
  }

  return {
    raw,
    async *quarantined() {
      for (const event of quarantined)
        yield JSON.stringify({ ...event, original_bytes: event.original_bytes.toString('utf8') });
    },
  };
}

/**
 * A second payload under a known id is the visitor's when it is theirs by its words, its batch or its connection, or names nobody and the
 * event that has the id is theirs.
 * @param eventIds of the visitor's events in the vault.
 */
async function findQuarantined(
  client: Queryable,
  tenant: Tenant,
  visitorIds: ReadonlySet<string>,
  eventIds: ReadonlySet<string>,
): Promise<Quarantined[]> {
  const theirs: Quarantined[] = [];
  let after = '0';
  for (;;) {
    const read = await client.query(readQuarantine, [
      tenant.tenantId,
      after,
      QUARANTINED_AT_ONCE,
      QUARANTINED_BYTES,
    ]);
    const page = z.array(quarantinedRow).parse(read.rows);
    const last = page.at(-1);
    if (last === undefined) return theirs;
    const landed = page.filter(({ raw_event_id }) => raw_event_id !== null);
    const owners = await ownersOf(client, tenant, landed);
    theirs.push(
      ...page.filter((event) => {
        const { raw_event_id: rawEventId, event_id: eventId } = event;
        const owner = (rawEventId === null ? undefined : owners.get(rawEventId)) ?? ownerOf(event);
        if (owner !== null && visitorIds.has(owner)) return true;
        return rawEventId === null && owner === event.visitor_key && eventIds.has(eventId);
      }),
    );
    after = last.quarantine_id;
  }
}

async function ownersOf(
  client: Queryable,
  tenant: Tenant,
  events: readonly Quarantined[],
): Promise<ReadonlyMap<string, string>> {
  const arrivals = distinct(events.map(({ received_timestamp }) => received_timestamp));
  const wanted = new Set(events.map(({ raw_event_id }) => raw_event_id));
  const owners = new Map<string, string>();
  for await (const requests of requestsOf(client, tenant, arrivals))
    for (const { rawEventId, visitorId } of requests.flatMap(ownedEvents))
      if (wanted.has(rawEventId)) owners.set(rawEventId, visitorId);
  return owners;
}

async function* requestsOf(
  client: Queryable,
  { tenantId, tenantHk }: Tenant,
  arrivals: readonly Date[],
): AsyncGenerator<readonly LandedRequest[]> {
  for (let first = 0; first < arrivals.length; first += ARRIVALS_AT_ONCE) {
    const some = arrivals.slice(first, first + ARRIVALS_AT_ONCE);
    const { rows } = await client.query(readRequests, [tenantId, tenantHk, some]);
    yield z.array(landedRequest).parse(rows);
  }
}

/**
 * The events of a request that are the visitor's, as they were sent, with what the connection said of them. A batch's own fields are
 * left out where they name somebody else; what they say of an event is in the vault's row of it.
 */
function* eventsIn(
  request: LandedRequest,
  isTheirs: (event: { readonly eventId: string; readonly visitorId: string }) => boolean,
  visitorIds: ReadonlySet<string>,
): Generator<string> {
  const named = request.envelope === null ? null : namedVisitor(request.envelope);
  const batch = named === null || visitorIds.has(storableText(named)) ? request.envelope : null;
  for (const event of ownedEvents(request).filter(isTheirs)) {
    const context = contextRow.parse(request.event_context?.[event.ordinal] ?? {});
    yield JSON.stringify({
      raw_event_id: event.rawEventId,
      event_id: event.eventId,
      received_timestamp: request.received_timestamp,
      site_id: request.site_id,
      record_source: request.record_source,
      user_agent: context.user_agent ?? request.user_agent,
      visitor_ip_hash: context.visitor_ip_hash ?? request.visitor_ip_hash,
      visitor_key: context.visitor_key ?? request.visitor_key,
      batch,
      original_bytes: event.bytes.toString('utf8'),
    });
  }
}

const distinct = (times: readonly Date[]): Date[] => [
  ...new Map(times.map((time) => [time.getTime(), time])).values(),
];
