import type { Payload } from '../event/payload.ts';
import { readWishes, type VisitorWishes, withoutIds } from '../event/visitor-wishes.ts';
import type { Treatment } from '../tenancy/privacy-mode.ts';
import type { ReadItem, ReadRequest } from './read-request.ts';

export interface Honoured {
  /** What is to be stored: apart from each other the events that keep first-party ids and those that do not. */
  readonly requests: readonly ReadRequest[];
  /** Indexes of the events that are not stored. */
  readonly optedOut: readonly number[];
}

/** Does to each event of a request as its visitor wishes; no event changes what becomes of its neighbours. */
export function honourWishes(request: ReadRequest, treat: (wishes: VisitorWishes) => Treatment): Honoured {
  const { envelope, items, refused } = request;
  const treated = Map.groupBy(items, ({ payload }) => treat(readWishes(envelope, payload)));
  const stored = treated.get('stored') ?? [];
  const withheld = treated.get('without_ids') ?? [];
  return {
    requests: [
      ...(stored.length + refused.length > 0 ? [{ ...request, items: stored }] : []),
      ...(withheld.length > 0 ? [withoutFirstPartyIds(request, withheld)] : []),
    ],
    optedOut: (treated.get('not_stored') ?? []).map(({ index }) => index),
  };
}

/** The envelope's ids go with those of the events: a batch whose visitors differ is stored as two requests. */
const withoutFirstPartyIds = (request: ReadRequest, items: readonly ReadItem[]): ReadRequest => ({
  ...request,
  envelope: withoutIds<Payload | null>(request.envelope),
  items: items.map((item) => {
    const payload = withoutIds(item.payload);
    return payload === item.payload ? item : { ...item, payload, isRewritten: true };
  }),
  refused: [],
});
