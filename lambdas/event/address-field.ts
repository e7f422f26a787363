import { isIP } from 'node:net';
import { isPayload } from './payload.ts';

/** The field by which a sender names the visitor's address. It is read, and never stored. */
const ADDRESS_FIELD = 'client_ip';

/** Other names under which senders, and headers of proxies, put addresses, without their case, dashes and underscores. */
export const addressNames: ReadonlySet<string> = new Set([
  'cfconnectingip',
  'cfconnectingipv6',
  'clientaddr',
  'clientaddress',
  'clientip',
  'clientipaddress',
  'connectingip',
  'fastlyclientip',
  'forwarded',
  'forwardedfor',
  'hostip',
  'httpclientip',
  'httpforwarded',
  'httpforwardedfor',
  'httpxforwardedfor',
  'httpxrealip',
  'ip',
  'ipaddr',
  'ipaddress',
  'ipaddresses',
  'ips',
  'ipv4',
  'ipv4address',
  'ipv6',
  'ipv6address',
  'localip',
  'peeraddr',
  'peeraddress',
  'peerip',
  'publicip',
  'realip',
  'remoteaddr',
  'remoteaddress',
  'remoteip',
  'sourceaddress',
  'sourceip',
  'srcip',
  'trueclientip',
  'useraddr',
  'userip',
  'useripaddress',
  'visitoraddr',
  'visitorip',
  'visitoripaddress',
  'xazureclientip',
  'xclientip',
  'xclusterclientip',
  'xenvoyexternaladdress',
  'xforwarded',
  'xforwardedfor',
  'xoriginalforwardedfor',
  'xrealip',
  'xremoteaddr',
  'xremoteip',
]);

export const mayNameAddress = (key: string): boolean =>
  addressNames.has(key.replaceAll(/[-_]/g, '').toLowerCase());

/** Whatever is around an address: brackets, zones, quotes, `for=`, further addresses of a list. A colon may be a part of it. */
const AROUND = /[^0-9A-Za-z.:]+/;
const PORT = /:[0-9]+$/;

/** The first address that a text names, without its port; null when it names none. */
export function addressIn(text: string): string | null {
  for (const part of text.split(AROUND)) {
    if (isIP(part) !== 0) return part;
    const portless = part.replace(PORT, '');
    if (isIP(portless) !== 0) return portless;
  }
  return null;
}

/** Whether a member of an object is an address, or holds one however deep, by its name and its value. */
export const isAddress = (key: string, value: unknown): boolean =>
  key === ADDRESS_FIELD || (mayNameAddress(key) && holdsAddress(value));

function holdsAddress(value: unknown): boolean {
  if (typeof value === 'string') return addressIn(value) !== null;
  if (Array.isArray(value)) return value.some(holdsAddress);
  return (
    isPayload(value) && (Object.keys(value).some(holdsAddress) || Object.values(value).some(holdsAddress))
  );
}
