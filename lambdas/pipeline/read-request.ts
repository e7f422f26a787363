import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { CanonicalEvent } from '../event/canonical.ts';
import { canonicalise } from '../event/canonical.ts';
import type { Fault, FaultCode } from '../event/fault.ts';
import {
  makeStorable,
  mayNeedCare,
  measureElements,
  measureMembers,
  measureValue,
  type Span,
} from '../event/json-text.ts';
import { limits } from '../event/limits.ts';
import { isPayload, type Payload, withEnvelope } from '../event/payload.ts';
import { Problem } from '../platform/problem.ts';

/** One event of a request with its verdict so far. */
export interface ReadItem {
  readonly index: number;
  /** The event's own fields, as jsonb can hold them. */
  readonly payload: Payload;
  /** What the event means, the fields of its batch included. */
  readonly event: CanonicalEvent;
  /** The event as it was sent. */
  readonly original: Buffer;
  /** Keys of all its objects as it was sent, those that stand there twice included. */
  readonly keys: number;
  /** Whether jsonb could not hold the event as it was sent. */
  readonly isAltered: boolean;
  /** Whether the payload is no longer what the original bytes say: something was taken out that must not be stored. */
  readonly isRewritten?: boolean;
}

export interface RefusedItem {
  readonly index: number;
  readonly faults: readonly Fault[];
}

export interface ReadRequest {
  readonly isBatch: boolean;
  /** Fields of a batch that hold for each of its events, as jsonb can hold them. */
  readonly envelope: Payload | null;
  readonly items: readonly ReadItem[];
  readonly refused: readonly RefusedItem[];
}

/** Fields of a batch's envelope that are about the envelope; its other fields hold for every event inside. */
const ENVELOPE_FIELDS = new Set([
  'events',
  'event_type',
  'evt_type',
  'event_id',
  'timestamp',
  'event_timestamp',
  'sent_at',
]);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws Problem 413 or 415; a body that unpacks beyond the limit is stopped there, whatever it would become. */
export function unpackBody(body: Buffer, encoding: string | undefined): Buffer {
  const options = { maxOutputLength: limits.bodyBytes };
  const tooLarge = new Problem(
    413,
    'body_too_large',
    `A body has at most ${limits.bodyBytes} bytes; send fewer events at once.`,
  );
  try {
    switch (encoding?.trim().toLowerCase()) {
      case undefined:
      case '':
      case 'identity':
        if (body.length > limits.bodyBytes) throw tooLarge;
        return body;
      case 'gzip':
        return gunzipSync(body, options);
      case 'br':
        return brotliDecompressSync(body, options);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof RangeError) throw tooLarge;
    throw new Problem(400, 'invalid_encoding', 'The body is not what Content-Encoding says.');
  }
  throw new Problem(415, 'unsupported_encoding', 'Content-Encoding is gzip, br or absent.');
}

/**
 * Reads the events of a body: one object, an array, or `{"events": […]}`. Each event gets its own verdict.
 * @throws Problem when the body as a whole cannot be read.
 */
export function readRequest(body: Buffer): ReadRequest {
  const { text, parsed } = parseBody(body);
  const source: Source = { body, needsCare: mayNeedCare(text), envelope: null };
  const whole = measureValue(body, 0);
  if (Array.isArray(parsed)) {
    return {
      isBatch: true,
      envelope: null,
      ...readItems(source, parsed, measureElements(body, whole.start)),
    };
  }
  if (!isPayload(parsed)) {
    throw new Problem(400, 'not_an_event', 'Send an event, an array of events, or {"events": [ … ]}.');
  }
  if (!Array.isArray(parsed.events))
    return { isBatch: false, envelope: null, ...readItems(source, [parsed], [whole]) };
  const members = measureMembers(body, whole.start);
  const envelope = readEnvelope(source, parsed, members);
  const spans = measureElements(body, members.get('events')?.start ?? body.length);
  const items = readItems({ ...source, envelope }, parsed.events, spans);
  return { isBatch: true, envelope: envelope?.fields ?? null, ...items };
}

/** What the events of one request share. */
interface Source {
  readonly body: Buffer;
  readonly needsCare: boolean;
  readonly envelope: Envelope | null;
}

/** The fields of a batch that hold for each of its events, and how they are built. */
interface Envelope {
  readonly fields: Payload;
  readonly depth: number;
  readonly keys: number;
}

/** @throws Problem 413: what every event repeats must be small, or a thousand events make gigabytes of it. */
function readEnvelope(
  { body, needsCare }: Source,
  batch: Payload,
  members: ReadonlyMap<string, Span>,
): Envelope | null {
  const inherited = Object.entries(batch).filter(([key]) => !ENVELOPE_FIELDS.has(key));
  if (inherited.length === 0) return null;
  const spans = inherited.flatMap(([key]) => members.get(key) ?? []);
  const bytes = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  if (bytes > limits.envelopeBytes) {
    throw new Problem(
      413,
      'envelope_too_large',
      `The fields beside "events" have at most ${limits.envelopeBytes} bytes; move them into the events they belong to.`,
    );
  }
  const texts = spans.map(({ start, end }) => `:${body.toString('utf8', start, end)}`).join(',');
  return {
    fields: storablePayload(needsCare, texts, Object.fromEntries(inherited)),
    depth: 1 + Math.max(...spans.map(({ depth }) => depth)),
    keys: spans.reduce((sum, { keys }) => sum + 1 + keys, 0),
  };
}

function readItems(
  source: Source,
  values: readonly unknown[],
  spans: readonly Span[],
): Pick<ReadRequest, 'items' | 'refused'> {
  requireCount(values.length);
  const items: ReadItem[] = [];
  const refused: RefusedItem[] = [];
  for (const [index, span] of spans.entries()) {
    const item = readItem(source, index, values[index], span);
    if ('faults' in item) refused.push(item);
    else items.push(item);
  }
  return { items, refused };
}

function parseBody(body: Buffer): { text: string; parsed: unknown } {
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    throw new Problem(400, 'invalid_utf8', 'The body is not UTF-8.');
  }
  try {
    return { text, parsed: JSON.parse(text) };
  } catch {
    throw new Problem(400, 'invalid_json', 'The body is not JSON.');
  }
}

function requireCount(count: number): void {
  if (count === 0) throw new Problem(400, 'no_events', 'The batch holds no events.', { pointer: '/events' });
  if (count > limits.eventsPerRequest) {
    throw new Problem(413, 'too_many_events', `A request holds at most ${limits.eventsPerRequest} events.`);
  }
}

function readItem(
  { body, needsCare, envelope }: Source,
  index: number,
  value: unknown,
  span: Span,
): ReadItem | RefusedItem {
  const refuse = (code: FaultCode, pointer: string, message: string): RefusedItem => ({
    index,
    faults: [{ code, pointer, message }],
  });
  if (!isPayload(value)) return refuse('not_an_object', '', 'An event is a JSON object.');
  if (Math.max(span.depth, envelope?.depth ?? 0) > limits.jsonDepth)
    return refuse('too_deep', '', `An event nests at most ${limits.jsonDepth} levels.`);
  if (span.keys + (envelope?.keys ?? 0) > limits.objectKeys)
    return refuse('too_many_keys', '', `An event has at most ${limits.objectKeys} keys.`);
  if (Array.isArray(value.events))
    return refuse('nested_batch', '/events', 'A batch cannot hold another batch.');
  const original = body.subarray(span.start, span.end);
  const payload = storablePayload(needsCare, original.toString('utf8'), value);
  const canonical = canonicalise(withEnvelope(envelope?.fields ?? null, payload));
  if (canonical.faults !== undefined) return { index, faults: canonical.faults };
  return { index, payload, event: canonical.event, original, keys: span.keys, isAltered: payload !== value };
}

/** The payload as jsonb can hold it: the very same object when it already can. */
function storablePayload(needsCare: boolean, text: string, payload: Payload): Payload {
  const made = needsCare ? makeStorable(text, payload) : null;
  return made !== null && isPayload(made.value) ? made.value : payload;
}
