/**
 * A raw event's id is its request's id times this, plus its place in the request. The SQL of the raw layer writes the
 * same number; a request holds at most 1,000 events.
 */
export const RAW_EVENT_SLOTS = 1024n;

/** The request of a raw event, and its place in it. */
export const ordinalOf = (rawEventId: string): { readonly requestId: string; readonly ordinal: number } => ({
  requestId: String(BigInt(rawEventId) / RAW_EVENT_SLOTS),
  ordinal: Number(BigInt(rawEventId) % RAW_EVENT_SLOTS),
});

/** The id of the event of that ordinal. */
export const rawEventIdOf = (requestId: string, ordinal: number): string =>
  String(BigInt(requestId) * RAW_EVENT_SLOTS + BigInt(ordinal));
