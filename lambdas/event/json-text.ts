/** One event inside the text of a request: its bytes `[start, end)` and how it is built. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Deepest nesting, 1 for a flat object. */
  readonly depth: number;
  /** Keys of all its objects together. */
  readonly keys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Position after the string that opens at `at`. */
function skipString(bytes: Uint8Array, at: number): number {
  let position = at + 1;
  while (position < bytes.length && bytes[position] !== QUOTE)
    position += bytes[position] === BACKSLASH ? 2 : 1;
  return position + 1;
}

function skipBlanks(bytes: Uint8Array, at: number): number {
  let position = at;
  while (isBlank(bytes[position])) position += 1;
  return position;
}

/**
 * Measures the value that starts at `at` without recursion, so that a million brackets cost a million steps and no stack.
 * The text must already have passed `JSON.parse`.
 */
export function measureValue(bytes: Uint8Array, at: number): Span {
  const start = skipBlanks(bytes, at);
  let position = start;
  let level = 0;
  let depth = 0;
  let keys = 0;
  while (position < bytes.length) {
    const byte = bytes[position];
    if (byte === QUOTE) {
      position = skipString(bytes, position);
      continue;
    }
    if (level === 0 && position > start && (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT))
      break;
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      level += 1;
      if (level > depth) depth = level;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      level -= 1;
    } else if (byte === COLON) {
      keys += 1;
    }
    position += 1;
  }
  let end = position;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return { start, end, depth, keys };
}

/** The elements of the array that opens at `at`. */
export function measureElements(bytes: Uint8Array, at: number): Span[] {
  const elements: Span[] = [];
  let position = skipBlanks(bytes, at + 1);
  while (position < bytes.length && bytes[position] !== CLOSE_ARRAY) {
    const element = measureValue(bytes, position);
    elements.push(element);
    position = skipBlanks(bytes, element.end);
    if (bytes[position] === COMMA) position = skipBlanks(bytes, position + 1);
  }
  return elements;
}

/**
 * The members of the object that opens at `at`, their keys read as `JSON.parse` reads them: escapes spelled out, and of
 * several members with one name the last.
 */
export function measureMembers(bytes: Buffer, at: number): ReadonlyMap<string, Span> {
  const members = new Map<string, Span>();
  let position = skipBlanks(bytes, at + 1);
  while (position < bytes.length && bytes[position] === QUOTE) {
    const keyEnd = skipString(bytes, position);
    const key: unknown = JSON.parse(bytes.toString('utf8', position, keyEnd));
    const member = measureValue(bytes, skipBlanks(bytes, keyEnd) + 1);
    members.set(String(key), member);
    position = skipBlanks(bytes, member.end);
    if (bytes[position] === COMMA) position = skipBlanks(bytes, position + 1);
  }
  return members;
}

/** Escapes may spell a NUL or half a surrogate pair, which Postgres refuses in jsonb. */
const ESCAPE = /\\u/;
/**
 * A number with an exponent of three digits, or of hundreds of digits itself, can print as a hundred thousand characters
 * or not fit at all. Only where a number may stand: addresses and ids are full of "e123".
 */
const UNSAFE_NUMBER = /[:,[]\s*-?(?:[\d.]{300}|\d[\d.]*[eE][+-]?\d{3})/;

/** Whether a text needs the slow path of {@link makeStorable}; one test serves a whole request. */
export function mayNeedCare(text: string): boolean {
  return ESCAPE.test(text) || UNSAFE_NUMBER.test(text);
}

/**
 * The value as jsonb can hold it, or null when it already can: NUL becomes U+FFFD, half pairs become U+FFFD,
 * a number without bounds becomes null. The original bytes are kept beside it.
 */
export function makeStorable(text: string, value: unknown): { value: unknown } | null {
  const cleaned = clean(value);
  return cleaned.changed || UNSAFE_NUMBER.test(text) ? { value: cleaned.value } : null;
}

/** NUL and half a surrogate pair, which neither text nor jsonb can hold, as U+FFFD. */
export const storableText = (text: string): string => text.replaceAll('\u0000', '\uFFFD').toWellFormed();

/** At most the first `length` characters, never half a surrogate pair at the end. */
export const cutText = (text: string, length: number): string =>
  text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');

function clean(value: unknown): { value: unknown; changed: boolean } {
  if (typeof value === 'string') {
    const storable = storableText(value);
    return { value: storable, changed: storable !== value };
  }
  if (typeof value === 'number')
    return Number.isFinite(value) ? { value, changed: false } : { value: null, changed: true };
  if (typeof value !== 'object' || value === null) return { value, changed: false };
  let changed = false;
  const visit = (member: unknown): unknown => {
    const cleaned = clean(member);
    changed ||= cleaned.changed;
    return cleaned.value;
  };
  if (Array.isArray(value)) {
    const elements = value.map(visit);
    return { value: elements, changed };
  }
  const members = Object.entries(value).map(([key, member]): [string, unknown] => {
    const storable = storableText(key);
    changed ||= storable !== key;
    return [storable, visit(member)];
  });
  return { value: Object.fromEntries(members), changed };
}
