import * as z from 'zod';
import { storableText } from '../../event/json-text.ts';
import { namedVisitor } from '../../event/named-visitor.ts';
import { isPayload, type Payload, withEnvelope } from '../../event/payload.ts';
import { bytesOfEvents, type LandedRequest, payloadOf } from '../../pipeline/landed-request.ts';
import { rawEventIdOf } from '../../pipeline/raw-event-id.ts';

const eventContext = z.looseObject({
  payload: z.custom<Payload>(isPayload).optional(),
  visitor_key: z.string().optional(),
  erased: z.looseObject({ dropped: z.boolean().optional() }).optional(),
});

/** An event of the raw layer, and whose it is. */
export interface OwnedEvent {
  readonly rawEventId: string;
  readonly eventId: string;
  readonly ordinal: number;
  readonly visitorId: string;
  readonly bytes: Buffer;
}

/** The events of a request with their visitors, as staging tells them but at a fraction of its work; those that were dropped are left out. */
export function ownedEvents(request: LandedRequest): OwnedEvent[] {
  const bytesOf = bytesOfEvents(request);
  return request.event_ids.flatMap((eventId, ordinal): OwnedEvent[] => {
    const bytes = bytesOf[ordinal] ?? Buffer.alloc(0);
    const context = eventContext.parse(request.event_context?.[ordinal] ?? {});
    if (context.erased?.dropped === true) return [];
    const payload = withEnvelope(request.envelope, context.payload ?? payloadOf(bytes));
    const visitorId = namedVisitor(payload) ?? context.visitor_key ?? request.visitor_key ?? 'unknown';
    const rawEventId = rawEventIdOf(request.request_id, ordinal);
    return [{ rawEventId, eventId, ordinal, visitorId, bytes }];
  });
}

/** What quarantine has of an event that the raw layer has no row of. */
export const rowlessEvent = z.object({
  original_bytes: z.instanceof(Buffer),
  envelope: z.custom<Payload>(isPayload).nullable(),
  /** In hexadecimal. */
  visitor_key: z.string().nullable(),
});

/** Whose it is; null where nothing says so, as releases before kept neither batch nor connection. */
export function ownerOf({
  original_bytes,
  envelope,
  visitor_key,
}: z.infer<typeof rowlessEvent>): string | null {
  const named = namedVisitor(withEnvelope(envelope, payloadOf(original_bytes)));
  return named === null ? visitor_key : storableText(named);
}
