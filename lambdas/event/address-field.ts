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

export const mayNameAddress = (key: string): boolean =>
  ADDRESS_NAMES.has(key.replaceAll(/[-_]/g, '').toLowerCase());

/** Whether a member of an object is an address by its name and its value. */
export function isAddress(key: string, value: unknown): boolean {
  if (key === ADDRESS_FIELD) return true;
  return (
    typeof value === 'string' &&
    mayNameAddress(key) &&
    value.split(',').some((part) => isIP(part.trim()) !== 0)
  );
}
