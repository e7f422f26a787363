import { isIP } from 'node:net';

/** The field by which a sender names the visitor's address. It is read, and never stored. */
const ADDRESS_FIELD = 'client_ip';

/** Other names under which senders put addresses, without their case, dashes and underscores. */
const ADDRESS_NAMES = new Set([
  'clientip',
  'ip',
  'ipaddress',
  'remoteaddr',
  'remoteip',
  'userip',
  'visitorip',
  'xforwardedfor',
  'xrealip',
]);

function isAddress(key: string, value: unknown): boolean {
  if (key === ADDRESS_FIELD) return true;
  if (typeof value !== 'string' || !ADDRESS_NAMES.has(key.replaceAll(/[-_]/g, '').toLowerCase()))
    return false;
  return value.split(',').some((part) => isIP(part.trim()) !== 0);
}

/** The payload without an address at any level; the very same object when there is none. */
export function withoutAddress<Value>(value: Value): Value;
export function withoutAddress(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.map(withoutAddress);
    return copy.every((member, index) => member === value[index]) ? value : copy;
  }
  const members = Object.entries(value);
  const kept = members
    .filter(([key, member]) => !isAddress(key, member))
    .map(([key, member]) => [key, withoutAddress(member)] as const);
  const isSame =
    kept.length === members.length && kept.every(([, member], index) => member === members[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}
