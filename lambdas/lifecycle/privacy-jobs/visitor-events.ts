import * as z from 'zod';
import { namedVisitor } from '../../event/named-visitor.ts';
import { isPayload } from '../../event/payload.ts';
import { ordinalOf } from '../../pipeline/raw-event-id.ts';
import { type LandedRequest, landedRequest, stageOne } from '../../pipeline/stage-requests.ts';
import type { Queryable, Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';

const findEvents = readStatement('export/find_events');
const findWaiting = readStatement('export/find_waiting');
const readRequests = readStatement('export/read_requests');
const readQuarantine = readStatement('export/read_quarantine');

const eventRow = z.object({ event_id: z.string(), load_date: z.date() });
const waitingRow = z.object({ received_timestamp: z.date() });
const quarantinedRow = z.object({
  quarantine_id: z.string(),
  raw_event_id: z.string().nullable(),
  event_id: z.string(),
  received_timestamp: z.date(),
  quarantined_at: z.date(),
  stage: z.string(),
  reason_code: z.string(),
  reasons: z.array(z.string()),
  original_bytes: z.instanceof(Buffer),
  record_source: z.string(),
});
type Quarantined = z.infer<typeof quarantinedRow>;

/** Requests hold up to a mebibyte each. */
const ARRIVALS_AT_ONCE = 20;
const QUARANTINED_AT_ONCE = 500;

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

  async function* raw(): AsyncGenerator<string> {
    const arrivals = distinct([
      ...vaulted.map(({ load_date }) => load_date),
      ...[...waiting, ...quarantined].map(({ received_timestamp }) => received_timestamp),
    ]);
    for (let first = 0; first < arrivals.length; first += ARRIVALS_AT_ONCE) {
      const some = arrivals.slice(first, first + ARRIVALS_AT_ONCE);
      for (const request of await requestsOf(client, tenant, some))
        yield* eventsIn(request, (eventId, owner) => isOneOf(visitorIds, owner) || ids.has(eventId));
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
 * Of a second payload under a known id nothing but its bytes is there: it is the visitor's when it names them, or names nobody and the
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
    const read = await client.query(readQuarantine, [tenant.tenantId, after, QUARANTINED_AT_ONCE]);
    const page = z.array(quarantinedRow).parse(read.rows);
    const landed = page.filter(({ raw_event_id }) => raw_event_id !== null);
    const arrivals = distinct(landed.map(({ received_timestamp }) => received_timestamp));
    const requests = arrivals.length === 0 ? [] : await requestsOf(client, tenant, arrivals);
    const owners = new Map(requests.flatMap(stageOne).map((event) => [event.rawEventId, event.visitorId]));
    theirs.push(
      ...page.filter((event) => {
        const { raw_event_id: rawEventId, event_id: eventId } = event;
        const owner = (rawEventId === null ? undefined : owners.get(rawEventId)) ?? visitorIn(event);
        return isOneOf(visitorIds, owner) || (owner === null && rawEventId === null && eventIds.has(eventId));
      }),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < QUARANTINED_AT_ONCE) return theirs;
    after = last.quarantine_id;
  }
}

async function requestsOf(
  client: Queryable,
  { tenantId, tenantHk }: Tenant,
  arrivals: readonly Date[],
): Promise<LandedRequest[]> {
  const { rows } = await client.query(readRequests, [tenantId, tenantHk, arrivals]);
  return z.array(landedRequest).parse(rows);
}

/** The events of a request that are the visitor's, as they were sent, with what the connection said of them. */
function* eventsIn(
  request: LandedRequest,
  isTheirs: (eventId: string, owner: string | null) => boolean,
): Generator<string> {
  const starts = request.byte_lengths.map((_, ordinal) =>
    request.byte_lengths.slice(0, ordinal).reduce((sum, length) => sum + length + 1, 0),
  );
  for (const { rawEventId, visitorId } of stageOne(request)) {
    const { ordinal } = ordinalOf(rawEventId);
    const eventId = request.event_ids[ordinal] ?? '';
    if (!isTheirs(eventId, visitorId)) continue;
    const start = starts[ordinal] ?? 0;
    const context = contextRow.parse(request.event_context?.[ordinal] ?? {});
    yield JSON.stringify({
      raw_event_id: rawEventId,
      event_id: eventId,
      received_timestamp: request.received_timestamp,
      site_id: request.site_id,
      record_source: request.record_source,
      user_agent: context.user_agent ?? request.user_agent,
      visitor_ip_hash: context.visitor_ip_hash ?? request.visitor_ip_hash,
      visitor_key: context.visitor_key ?? request.visitor_key,
      batch: request.envelope,
      original_bytes: request.body
        .subarray(start, start + (request.byte_lengths[ordinal] ?? 0))
        .toString('utf8'),
    });
  }
}

function visitorIn({ original_bytes }: Quarantined): string | null {
  try {
    const payload: unknown = JSON.parse(original_bytes.toString('utf8'));
    return isPayload(payload) ? namedVisitor(payload) : null;
  } catch {
    return null;
  }
}

const isOneOf = (ids: ReadonlySet<string>, owner: string | null): boolean => owner !== null && ids.has(owner);

const distinct = (times: readonly Date[]): Date[] => [
  ...new Map(times.map((time) => [time.getTime(), time])).values(),
];
