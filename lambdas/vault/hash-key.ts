import { hash } from 'node:crypto';
import { encodeParts } from '../platform/encode-parts.ts';

/** Bytes of every hash key of the vault: 16 to 23 bytes cost the same in a btree, and 160 bits leave no collisions to fear. */
export const HASH_KEY_BYTES = 20;

/** Leading bytes of an event's key that hold its time in milliseconds, so that inserts stay at one end of the index. */
const EVENT_TIME_BYTES = 6;

/** The first bytes of SHA-256 over the encoded parts. Case, Unicode form and blanks all count: keys come from strangers. */
export function hashKey(...parts: readonly (string | null)[]): Buffer {
  return hash('sha256', encodeParts(parts), 'buffer').subarray(0, HASH_KEY_BYTES);
}

/** A link's key: the hash over its hubs' keys, which hold the tenant, in the order the model declares them. */
export function linkKey(...hubKeys: readonly Buffer[]): Buffer {
  return hashKey(...hubKeys.map((key) => key.toString('hex')));
}

/** An event's key: its time, then the hash of tenant and event id. The time is part of an event's identity and never changes. */
export function eventKey(tenantId: string, eventId: string, eventTimestamp: Date): Buffer {
  const key = Buffer.alloc(HASH_KEY_BYTES);
  key.writeUIntBE(eventTimestamp.getTime(), 0, EVENT_TIME_BYTES);
  hashKey(tenantId, eventId).copy(key, EVENT_TIME_BYTES);
  return key;
}

/** The time in an event's key. */
export const eventTime = (key: Buffer): Date => new Date(key.readUIntBE(0, EVENT_TIME_BYTES));

/** The zero key: an optional participant that is not there. */
export const ZERO_KEY = Buffer.alloc(HASH_KEY_BYTES);
