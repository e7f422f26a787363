import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { addressIn } from '../event/address-field.ts';
import { encodeParts } from '../platform/encode-parts.ts';
import type { DaySecret } from './visitor-salts.ts';

/** Bytes kept of each pseudonym. */
const PSEUDONYM_BYTES = 16;

export interface Pseudonyms {
  /** Stands for the address. */
  readonly ipHash: Buffer;
  /** Stands for the visitor: address and agent together. */
  readonly visitorKey: Buffer;
}

/**
 * The pseudonyms of a connection on one tenant's day. Without the salt they lead nowhere, and without the tenant's key neither; with
 * a plain hash all addresses of IPv4 could be tried in hours. The first byte says the version of the key.
 */
export function pseudonymise(
  { version, secret }: DaySecret,
  address: string,
  userAgent: string | null,
): Pseudonyms {
  const network = networkOf(address);
  const prefix = version === null ? Buffer.alloc(0) : Buffer.from([version & 0xff]);
  const keyed = (...parts: string[]) =>
    Buffer.concat([prefix, createHmac('sha256', secret).update(encodeParts(parts)).digest()]).subarray(
      0,
      PSEUDONYM_BYTES,
    );
  return { ipHash: keyed(network), visitorKey: keyed(network, userAgent ?? '') };
}

/**
 * What stands for the visitor's line: an IPv4 address however it is written, of IPv6 the upper half, since a host changes the
 * lower half of its address at will. A port is another for each connection.
 */
function networkOf(address: string): string {
  const plain = addressIn(address) ?? address.trim().replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain.toLowerCase();
  // The URL parser knows every spelling of an address and gives back the one of RFC 5952, in hexadecimal.
  const spelled = URL.parse(`http://[${plain}]`)?.hostname.slice(1, -1) ?? plain;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(spelled);
  if (mapped !== null) return dotted(hexadecimal(mapped[1]), hexadecimal(mapped[2]));
  const [head = '', tail] = spelled.split('::');
  const leading = head === '' ? [] : head.split(':');
  const trailing = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - leading.length - trailing.length;
  const groups = [...leading, ...Array.from({ length: gap }, () => '0'), ...trailing];
  return groups.slice(0, 4).join(':');
}

const hexadecimal = (group: string | undefined): number => Number.parseInt(group ?? '0', 16);

const dotted = (high: number, low: number): string =>
  [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
