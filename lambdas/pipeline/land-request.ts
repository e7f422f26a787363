import * as z from 'zod';
import { withoutAddress } from '../event/address-field.ts';
import { canonicalText, payloadFingerprint, registryKey, settleEventId } from '../event/event-id.ts';
import { settleEventTime } from '../event/event-time.ts';
import type { Fault } from '../event/fault.ts';
import type { PendingRequest } from '../platform/doorbell.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import type { Caller } from '../tenancy/caller.ts';
import { type Pseudonyms, pseudonymise } from '../tenancy/visitor-pseudonym.ts';
import type { ReadItem, ReadRequest } from './read-request.ts';

/** Where a request came from, as the connection says. */
export interface Origin {
  readonly address: string;
  /** Empty when the connection sent none. */
  readonly userAgent: string;
  readonly arrival: Date;
}

export type Verdict =
  | { readonly index: number; readonly event_id: string; readonly status: 'accepted' | 'duplicate' }
  | {
      readonly index: number;
      readonly event_id: string | null;
      readonly status: 'rejected';
      readonly code: string;
      readonly pointer: string;
      readonly message: string;
    };

export interface Landing {
  /** One per event of the request, in its order. */
  readonly verdicts: readonly Verdict[];
  /** What waits for staging now, or null when nothing was new. */
  readonly pending: PendingRequest | null;
}

/** What the raw layer keeps of one event. */
interface LandingEvent {
  readonly index: number;
  readonly eventId: string;
  readonly fingerprint: bigint;
  readonly bytes: Buffer;
  readonly context: string | null;
}

export const RECORD_SOURCE = 'site_tracker';

const landStatement = readStatement('land_request');
const landedRow = z.object({
  index: z.number(),
  request_id: z.string().nullable(),
  is_conflict: z.boolean(),
});

type SaltOf = (tenantHk: Buffer, at: Date) => Promise<Buffer>;

/** Stores the events of a request durably. When this resolves, what it calls accepted survives any crash. */
export async function landRequest(
  database: Queryable,
  saltOf: SaltOf,
  caller: Caller,
  origin: Origin,
  request: ReadRequest,
): Promise<Landing> {
  // A server's own agent says nothing of the visitor it speaks for.
  const userAgent = caller.kind === 'secret' ? null : origin.userAgent;
  const connection = pseudonymise(await saltOf(caller.tenantHk, origin.arrival), origin.address, userAgent);
  const verdicts: Verdict[] = request.refused.map(({ index, faults }) => rejection(index, null, faults[0]));
  const fresh = new Map<string, LandingEvent>();
  for (const item of request.items) {
    const event = await prepare(item, caller, saltOf, origin.arrival);
    const earlier = fresh.get(event.eventId);
    if (earlier === undefined) fresh.set(event.eventId, event);
    else verdicts.push(repetition(event, earlier.fingerprint === event.fingerprint));
  }
  const events = [...fresh.values()];
  const rows = events.length === 0 ? [] : await land(database, caller, { ...connection, userAgent }, events);
  for (const { index, request_id, is_conflict } of rows) {
    const event = events[index];
    if (event === undefined) continue;
    if (request_id === null) verdicts.push(repetition(event, !is_conflict));
    else verdicts.push({ index: event.index, event_id: event.eventId, status: 'accepted' });
  }
  const kept = rows.flatMap(({ request_id }) => (request_id === null ? [] : [request_id]));
  const [requestId] = kept;
  return {
    verdicts: verdicts.sort((a, b) => a.index - b.index),
    pending: requestId === undefined ? null : { requestId, tenantId: caller.tenantId, events: kept.length },
  };
}

async function land(
  database: Queryable,
  caller: Caller,
  connection: Pseudonyms & { readonly userAgent: string | null },
  events: readonly LandingEvent[],
) {
  let firstByte = 1;
  const firstBytes = events.map(({ bytes }) => {
    const at = firstByte;
    firstByte += bytes.length;
    return at;
  });
  const { rows } = await database.query(landStatement, [
    caller.tenantId,
    caller.siteId,
    RECORD_SOURCE,
    connection.userAgent,
    connection.ipHash,
    connection.visitorKey,
    Buffer.concat(events.map(({ bytes }) => bytes)),
    events.map(({ eventId }) => registryKey(caller.tenantId, eventId)),
    events.map(({ eventId }) => eventId),
    events.map(({ fingerprint }) => fingerprint),
    firstBytes,
    events.map(({ bytes }) => bytes.length),
    events.map(({ context }) => context),
  ]);
  return z.array(landedRow).parse(rows);
}

const rejection = (index: number, eventId: string | null, fault: Fault | undefined): Verdict => ({
  index,
  event_id: eventId,
  status: 'rejected',
  code: fault?.code ?? 'invalid_field',
  pointer: fault?.pointer ?? '',
  message: fault?.message ?? 'The event cannot be read.',
});

/** The same event again is fine; another event under a known id is not, and the first one counts. */
function repetition({ index, eventId }: LandingEvent, isSame: boolean): Verdict {
  if (isSame) return { index, event_id: eventId, status: 'duplicate' };
  return rejection(index, eventId, {
    code: 'id_conflict',
    pointer: '/event_id',
    message:
      'This event id is known with another payload. The first one counts; this one is kept in quarantine.',
  });
}

/**
 * Settles an event's id and takes the visitor's address out of it before anything is written. Only a server's token may
 * speak for another connection; from a browser the connection decides and the claim is dropped.
 */
async function prepare(item: ReadItem, caller: Caller, saltOf: SaltOf, arrival: Date): Promise<LandingEvent> {
  const { event, index } = item;
  const { clientIp, userAgent } = event.values;
  const settled = settleEventTime(event.claimedTime, arrival);
  const payload = withoutAddress(item.payload);
  const context: Record<string, unknown> = {};
  if (item.storable !== null) context.payload = payload;
  if (caller.kind === 'secret' && userAgent !== undefined) context.user_agent = userAgent;
  if (caller.kind === 'secret' && clientIp !== undefined) {
    const salt = await saltOf(caller.tenantHk, settled.at);
    const { ipHash, visitorKey } = pseudonymise(salt, clientIp, userAgent ?? null);
    context.visitor_ip_hash = ipHash.toString('hex');
    context.visitor_key = visitorKey.toString('hex');
  }
  if (payload !== item.payload) context.redacted = ['client_ip'];
  return {
    index,
    eventId: settleEventId(
      payload,
      event.values.eventId,
      index,
      event.claimedTime === null ? arrival.getTime() : null,
    ),
    fingerprint: payloadFingerprint(canonicalText(payload)),
    bytes: payload === item.payload ? item.original : Buffer.from(JSON.stringify(payload)),
    context: Object.keys(context).length === 0 ? null : JSON.stringify(context),
  };
}
