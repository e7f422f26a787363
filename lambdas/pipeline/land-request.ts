import * as z from 'zod';
import {
  canonicalText,
  derivedEventId,
  payloadFingerprint,
  registryKey,
  settleEventId,
} from '../event/event-id.ts';
import { settleEventTime } from '../event/event-time.ts';
import type { Fault } from '../event/fault.ts';
import { type Payload, withEnvelope } from '../event/payload.ts';
import type { PendingRequest } from '../platform/doorbell.ts';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { isPersonal, recordOf } from '../redaction/record.ts';
import type { Caller } from '../tenancy/caller.ts';
import { type Pseudonyms, pseudonymise } from '../tenancy/visitor-pseudonym.ts';
import type { DaySecret } from '../tenancy/visitor-salts.ts';
import type { ReadItem, ReadRequest } from './read-request.ts';
import { type KeyOf, type Redacted, RequestRedactor } from './redact-request.ts';

/** Where a request came from, as the connection says. */
export interface Origin {
  readonly address: string;
  /** Empty when the connection sent none. */
  readonly userAgent: string;
  readonly arrival: Date;
  /** The trace that the request belongs to; null where nobody traces. */
  readonly traceId?: string | null;
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
  /** What waits for staging now; nothing when nothing was new. */
  readonly pending: readonly PendingRequest[];
  /** Accepted events of which something personal was redacted. */
  readonly redacted: number;
}

/** What the raw layer keeps of one event. */
interface LandingEvent {
  readonly index: number;
  readonly eventId: string;
  readonly fingerprint: bigint;
  readonly bytes: Buffer;
  readonly context: string | null;
  readonly isRedacted: boolean;
}

export const RECORD_SOURCE = 'site_tracker';

const landStatement = readStatement('land_request');
const landedRow = z.object({
  index: z.number(),
  request_id: z.string().nullable(),
  is_conflict: z.boolean(),
  is_raced: z.boolean(),
});

/** Each round meets other requests with the same ids at the same moment; so many in a row are none. */
const MOST_ROUNDS = 20;

/** Where the secrets of a tenant's pseudonyms come from. */
export interface SecretKeepers {
  readonly saltOf: (tenant: Tenant, at: Date) => Promise<DaySecret>;
  readonly keyOf: KeyOf;
}

/** Stores the events of a request durably. When this resolves, what it calls accepted survives any crash. */
export async function landRequest(
  database: Queryable,
  { saltOf, keyOf }: SecretKeepers,
  caller: Caller,
  origin: Origin,
  request: ReadRequest,
): Promise<Landing> {
  // A server's own agent says nothing of the visitor it speaks for.
  const userAgent = caller.kind === 'secret' ? null : origin.userAgent;
  const connection = pseudonymise(await saltOf(caller, origin.arrival), origin.address, userAgent);
  const verdicts: Verdict[] = request.refused.map(({ index, faults }) => rejection(index, null, faults[0]));
  const redactor = new RequestRedactor(caller, keyOf);
  const sender: Sender = {
    caller,
    saltOf,
    arrival: origin.arrival,
    visitorKey: connection.visitorKey,
    redactor,
    envelope: request.envelope === null ? null : await redactor.envelope(request.envelope),
    traceId: origin.traceId ?? null,
  };
  let waiting: LandingEvent[] = [];
  for (const item of request.items) waiting.push(await prepare(item, sender));
  const landed: string[] = [];
  let redacted = 0;
  // More than one round only when another request took an id meanwhile: the next round sees what it stored.
  for (let round = 1; waiting.length > 0; round += 1) {
    if (round > MOST_ROUNDS) throw new Error('Ids are registered of which nothing can be seen.');
    const raced: LandingEvent[] = [];
    const rows = await land(database, sender, { ...connection, userAgent }, waiting);
    for (const { index, request_id, is_conflict, is_raced } of rows) {
      const event = waiting[index];
      if (event === undefined) continue;
      if (request_id !== null) {
        landed.push(request_id);
        if (event.isRedacted) redacted += 1;
        verdicts.push({ index: event.index, event_id: event.eventId, status: 'accepted' });
      } else if (is_raced) raced.push(event);
      else verdicts.push(repetition(event, !is_conflict));
    }
    waiting = raced;
  }
  return {
    verdicts: verdicts.sort((a, b) => a.index - b.index),
    pending: [...Map.groupBy(landed, (requestId) => requestId)].map(([requestId, events]) => ({
      requestId,
      tenantId: caller.tenantId,
      events: events.length,
    })),
    redacted,
  };
}

/** What the events of one request share. */
interface Sender {
  readonly caller: Caller;
  readonly saltOf: SecretKeepers['saltOf'];
  readonly arrival: Date;
  /** Pseudonym of the connection. */
  readonly visitorKey: Buffer;
  readonly redactor: RequestRedactor;
  readonly envelope: Redacted<Payload> | null;
  readonly traceId: string | null;
}

async function land(
  database: Queryable,
  { caller, envelope, traceId }: Sender,
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
    caller.tenantHk,
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
    envelope === null ? null : JSON.stringify(envelope.payload),
    traceId,
  ]);
  return z.array(landedRow).parse(rows);
}

export const rejection = (index: number, eventId: string | null, fault: Fault | undefined): Verdict => ({
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
 * Settles an event's id and takes out of it what must not be stored, before anything is written. Only a server's token may
 * speak for another connection; from a browser the connection decides and the claim is dropped.
 */
async function prepare(item: ReadItem, sender: Sender): Promise<LandingEvent> {
  const { event, index } = item;
  const { caller, saltOf, arrival, redactor, envelope } = sender;
  const { clientIp, userAgent, eventId } = event.values;
  const speaksForVisitor = caller.kind === 'secret';
  const own = await redactor.event(item);
  const record = recordOf(own.found, envelope?.found ?? []);
  const visitor =
    speaksForVisitor && clientIp !== undefined
      ? pseudonymise(
          await saltOf(caller, settleEventTime(event.claimedTime, arrival).at),
          clientIp,
          userAgent ?? null,
        )
      : null;
  const context = {
    ...(item.isAltered && { payload: own.payload }),
    ...(speaksForVisitor && userAgent !== undefined && { user_agent: userAgent }),
    ...(visitor !== null && {
      visitor_ip_hash: visitor.ipHash.toString('hex'),
      visitor_key: visitor.visitorKey.toString('hex'),
    }),
    ...(record.length > 0 && { redacted: record }),
  };
  const text = canonicalText(withEnvelope(envelope?.payload ?? null, own.payload));
  return {
    index,
    eventId:
      eventId === undefined
        ? derivedEventId(text, index, visitor?.visitorKey ?? sender.visitorKey, event.claimedTime !== null)
        : settleEventId(await redactor.id(eventId)),
    fingerprint: payloadFingerprint(text),
    bytes: own.isRewritten ? Buffer.from(JSON.stringify(own.payload)) : item.original,
    context: Object.keys(context).length === 0 ? null : JSON.stringify(context),
    isRedacted: [...own.found, ...(envelope?.found ?? [])].some(isPersonal),
  };
}
