import * as z from 'zod';
import { namedVisitor } from '../event/named-visitor.ts';
import { isPayload, type Payload, withEnvelope } from '../event/payload.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { bytesOfEvents, type LandedRequest, payloadOf } from './landed-request.ts';
import { ordinalOf } from './raw-event-id.ts';

const writeStatement = readStatement('erasure/write_requests');

/** What stands in the place of an event of the raw layer from now on. */
export interface Replacement {
  readonly bytes: Buffer;
  /** See the raw layer's `event_context`. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** In the place of an event that is in no vault. */
const dropped: Replacement = { bytes: Buffer.from('{}'), context: { erased: { dropped: true } } };

const eventContext = z.looseObject({
  payload: z.custom<Payload>(isPayload).optional(),
  visitor_key: z.string().optional(),
  erased: z.unknown().optional(),
});

interface Rewritten {
  readonly request: LandedRequest;
  readonly replacements: ReadonlyMap<number, Replacement>;
}

/** Writes over events of which nothing is to stay. @returns the requests that hold any. */
export async function dropEvents(
  client: Queryable,
  requests: readonly LandedRequest[],
  rawEventIds: readonly string[],
): Promise<readonly Rewritten[]> {
  const places = Map.groupBy(rawEventIds.map(ordinalOf), ({ requestId }) => requestId);
  const rewritten = requests.flatMap((request): Rewritten[] => {
    const ordinals = (places.get(request.request_id) ?? []).map(({ ordinal }) => ordinal);
    if (ordinals.length === 0) return [];
    return [{ request, replacements: new Map(ordinals.map((ordinal) => [ordinal, dropped])) }];
  });
  await rewriteRequests(client, rewritten);
  return rewritten;
}

/**
 * Writes other events into requests of the raw layer, by the ordinals of those whose place they take. All others keep their bytes; what
 * a batch said for all its events becomes a part of each.
 */
export async function rewriteRequests(client: Queryable, rewritten: readonly Rewritten[]): Promise<void> {
  const rows = rewritten.map(({ request, replacements }) => ({ request, ...rewrite(request, replacements) }));
  await client.query(writeStatement, [
    rows.map(({ request }) => request.request_id),
    rows.map(({ request }) => request.received_timestamp),
    rows.map(({ body }) => body),
    rows.map(({ lengths }) => JSON.stringify(lengths)),
    rows.map(({ contexts }) => (Object.keys(contexts).length === 0 ? null : JSON.stringify(contexts))),
    rows.map(({ isEmpty }) => isEmpty),
    rows.map(({ isNamed }) => isNamed),
  ]);
}

function rewrite(request: LandedRequest, replacements: ReadonlyMap<number, Replacement>) {
  const parts: Buffer[] = [];
  const contexts: Record<string, unknown> = {};
  let isEmpty = true;
  let isNamed = true;
  for (const [ordinal, own] of bytesOfEvents(request).entries()) {
    const replacement = replacements.get(ordinal);
    const context = eventContext.parse(request.event_context?.[ordinal] ?? {});
    if (replacement === undefined && context.erased === undefined)
      isNamed &&=
        context.visitor_key !== undefined || namesVisitor(request, context.payload ?? payloadOf(own));
    const kept =
      request.envelope === null || context.erased !== undefined
        ? context
        : {
            ...context,
            payload: withEnvelope(request.envelope, context.payload ?? payloadOf(own)),
            // Otherwise the payload would say that jsonb could not hold the event as it was sent.
            ...(context.payload === undefined && { with_envelope: true }),
          };
    parts.push(replacement?.bytes ?? own);
    const settled = replacement?.context ?? kept;
    if (Object.keys(settled).length > 0) contexts[ordinal] = settled;
    isEmpty &&= settled.erased !== undefined;
  }
  return {
    body: Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [LINE_FEED, part]))),
    lengths: parts.map((part) => part.length),
    contexts,
    isEmpty,
    isNamed,
  };
}

const namesVisitor = ({ envelope }: LandedRequest, payload: Payload): boolean =>
  namedVisitor(withEnvelope(envelope, payload)) !== null;

const LINE_FEED = Buffer.from('\n');
