import { limits } from './limits.ts';

/** RFC 3339, with the seconds and the offset required: a local time would mean another instant on every server. */
const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;

/** Above this a number of the present century is in milliseconds, below in seconds. */
const SMALLEST_MILLISECONDS = 100_000_000_000;

/**
 * Reads a client's time: RFC 3339 text, or a number of seconds or milliseconds since 1970.
 * Strict where `Date` is generous: 30 February, 24:00 and words such as "now" are no times.
 * @returns milliseconds since 1970, or null when it is not a time.
 */
export function parseEventTime(value: unknown): number | null {
  if (typeof value === 'number') return parseEpoch(value);
  if (typeof value !== 'string') return null;
  const match = RFC_3339.exec(value);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, , sign, offsetHour, offsetMinute] = match;
  const offsetHours = Number(offsetHour ?? 0);
  const offsetMinutes = Number(offsetMinute ?? 0);
  if (
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 60 ||
    offsetHours > 23 ||
    offsetMinutes > 59
  )
    return null;
  // A leap second is the last instant of its minute to everyone who counts in Unix time.
  const leap = second === '60';
  const milliseconds = leap ? 999 : Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    leap ? 59 : Number(second),
    milliseconds,
  );
  // Date rolls 30 February over to March and takes the years 0 to 99 for the twentieth century.
  const rolled = new Date(time).toISOString().slice(0, 10) !== `${year}-${month}-${day}`;
  if (rolled) return null;
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return sign === '-' ? time + offset : time - offset;
}

function parseEpoch(value: number): number | null {
  if (!Number.isFinite(value) || value <= 0) return null;
  const milliseconds = Math.floor(value < SMALLEST_MILLISECONDS ? value * 1_000 : value);
  return milliseconds < Date.UTC(10_000, 0, 1) ? milliseconds : null;
}

/**
 * The time an event counts at: the client's, unless its clock is plainly wrong or it sent none, then the arrival.
 * @returns the time and whether the client's was replaced.
 */
export function settleEventTime(claimed: number | null, received: Date): { at: Date; corrected: boolean } {
  if (claimed === null) return { at: received, corrected: false };
  const latest = received.getTime() + limits.futureToleranceMilliseconds;
  if (claimed < limits.oldestEventTime || claimed > latest) return { at: received, corrected: true };
  return { at: new Date(claimed), corrected: false };
}
