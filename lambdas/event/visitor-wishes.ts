import { isPayload, type Payload } from './payload.ts';

/** What an event itself says of its visitor's wishes. */
export interface VisitorWishes {
  /** Global Privacy Control: not to be tracked. */
  readonly optsOut: boolean;
  readonly doNotTrack: boolean;
  /** Whether the visitor agreed to be known by a first-party id; null when the event says nothing of it. */
  readonly consent: boolean | null;
}

/** Members of an event or a batch that may say so as well, as for any field. */
const CONTAINERS = ['event_data', 'data'];
const YES: ReadonlySet<unknown> = new Set([true, 1, '1', 'true', 'yes']);

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);
const saysYes = (value: unknown): boolean => YES.has(lower(value));

/** Whether one value grants, or null when it says nothing. A word that nobody knows does not grant. */
function grants(value: unknown): boolean | null {
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === ''))
    return null;
  return saysYes(value) || lower(value) === 'granted';
}

/** Of several purposes the one that counts is analytics, also as Google's consent mode names it. */
const consentIn = ({ consent }: Payload): boolean | null =>
  isPayload(consent) ? grants(consent.analytics ?? consent.analytics_storage) : grants(consent);

/**
 * Reads the wishes of an event. The members stay where they are. What is said in several places counts in the visitor's favour, so
 * an event does not go before its batch here.
 * @param envelope fields of the batch.
 */
export function readWishes(envelope: Payload | null, event: Payload): VisitorWishes {
  const places = [envelope, event].flatMap((members) =>
    members === null ? [] : [members, ...CONTAINERS.map((name) => members[name]).filter(isPayload)],
  );
  const said = places.map(consentIn).filter((consent) => consent !== null);
  return {
    optsOut: places.some(({ gpc, global_privacy_control: control }) => saysYes(gpc) || saysYes(control)),
    doNotTrack: places.some(({ do_not_track: flag }) => saysYes(flag)),
    consent: said.length === 0 ? null : said.every((consent) => consent),
  };
}

/** Names of ids by which a browser knows its visitor again, without their case, dashes and underscores. */
const ID_NAMES = new Set(['anonymousid', 'clientid', 'deviceid', 'sessionid', 'userid', 'visitorid']);

/** The payload without first-party ids at any level; the very same object when there is none. */
export function withoutIds<Value>(value: Value): Value;
export function withoutIds(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.map(withoutIds);
    return copy.every((member, index) => member === value[index]) ? value : copy;
  }
  const members = Object.entries(value);
  const kept = members
    .filter(([key]) => !ID_NAMES.has(key.replaceAll(/[-_]/g, '').toLowerCase()))
    .map(([key, member]) => [key, withoutIds(member)] as const);
  const isSame =
    kept.length === members.length && kept.every(([, member], index) => member === members[index]?.[1]);
  return isSame ? value : Object.fromEntries(kept);
}
