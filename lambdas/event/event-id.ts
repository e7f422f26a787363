import { hash, randomUUID } from 'node:crypto';
import { encodeParts } from '../platform/encode-parts.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID_VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;

const digest = (...parts: readonly string[]): Buffer => hash('sha256', encodeParts(parts), 'buffer');

/** The first 16 bytes of a digest as a UUID of version 8, the version meant for such ids. */
function uuidFromDigest(bytes: Buffer): string {
  const id = Buffer.from(bytes.subarray(0, 16));
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x80, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuidText(id);
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The payload in one spelling: keys sorted at every level, so that two senders' orders are one payload.
 * `JSON.parse` already moves keys that look like numbers, hence no order may count.
 */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`).join(',')}}`;
}

/** 63 bits that tell two payloads under one event id apart. */
export function payloadFingerprint(text: string): bigint {
  return digest(text).readBigUInt64BE(0) >> 1n;
}

/** The id of an event whose client gave it one: a UUID is kept, any other text is turned into one, always the same. */
export const settleEventId = (clientId: string): string =>
  UUID.test(clientId) ? clientId.toLowerCase() : uuidFromDigest(digest('id', clientId));

/**
 * The id of an event without one: its canonical text, its place in the request and its visitor decide, so that a repeated
 * request finds its events again and two visitors' equal events stay two. An event without a time of its own cannot be
 * told from its repetition; it gets an id that nothing else has.
 * @param visitorKey pseudonym of the visitor or the connection.
 */
export function derivedEventId(text: string, ordinal: number, visitorKey: Buffer, hasTime: boolean): string {
  return hasTime
    ? uuidFromDigest(digest('payload', text, String(ordinal), visitorKey.toString('hex')))
    : randomUUID();
}

/**
 * The registry's key: tenant and event id in 16 bytes. A time-ordered id keeps its leading time, which keeps the unique
 * index local; the tenant is hashed into the rest, so equal ids of two tenants never meet.
 */
export function registryKey(tenantId: string, eventId: string): string {
  const key = digest(tenantId, eventId).subarray(0, 16);
  if (UUID_VERSION_7.test(eventId)) Buffer.from(eventId.replaceAll('-', '').slice(0, 12), 'hex').copy(key, 0);
  return uuidText(key);
}
