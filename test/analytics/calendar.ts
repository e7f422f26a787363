/** Calendars of time zones, worked out from what Intl knows of them. Times in milliseconds since 1970. */

const QUARTER = 15 * 60_000;
const DAY = 24 * 60 * 60_000;

export type Granularity = 'hour' | 'day' | 'week' | 'month';
export interface Bucket {
  /** Its local start with the offset then, RFC 3339. */
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** What a zone adds to UTC at a time. No zone changes its clocks but on a quarter of an hour. */
function offsetAt(zone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER) * QUARTER;
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? Number.NaN;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  offsets.set(key, local - quarter);
  return local - quarter;
}

/** Local time as `2025-10-26T02:00:00+02:00`. */
export function localTime(zone: string, at: number): string {
  const offset = offsetAt(zone, at);
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return `${new Date(at + offset).toISOString().slice(0, 19)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The first instant of a day such as `2025-10-26`; midnight where the clocks leave one. */
export function startOfDay(zone: string, day: string): number {
  let at = Date.parse(`${day}T00:00:00Z`) - 15 * 60 * 60_000;
  while (localTime(zone, at).slice(0, 10) < day) at += QUARTER;
  return at;
}

export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

export const daysBetween = (from: string, to: string): number =>
  (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY;

/** The same date a year earlier; 28 February for a day that year does not have. */
export function yearBefore(day: string): string {
  const earlier = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
  return addDays(earlier, 0) === earlier ? earlier : `${earlier.slice(0, 8)}28`;
}

/** The day that names a week or a month. */
export function periodOf(day: string, granularity: 'day' | 'week' | 'month'): string {
  if (granularity === 'day') return day;
  if (granularity === 'month') return `${day.slice(0, 8)}01`;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

/** The buckets of a range of local days, both included: hours, days, weeks from Monday or months, as the clocks there count them. */
export function bucketsOf(zone: string, from: string, to: string, granularity: Granularity): Bucket[] {
  const begin = startOfDay(zone, from);
  const end = startOfDay(zone, addDays(to, 1));
  const starts = granularity === 'hour' ? hours(zone, begin, end) : periods(zone, from, to, granularity);
  return starts.map((start, index) => ({
    name: localTime(zone, start),
    from: start,
    until: starts[index + 1] ?? end,
  }));
}

/** An hour ends where the clocks show another one or were set. */
function hours(zone: string, begin: number, end: number): number[] {
  const shown = (at: number) => localTime(zone, at).replace(/:\d\d:\d\d(?=[+-])/, '');
  const starts: number[] = [];
  for (let at = begin; at < end; at += QUARTER) {
    if (at === begin || shown(at) !== shown(at - QUARTER)) starts.push(at);
  }
  return starts;
}

function periods(zone: string, from: string, to: string, granularity: 'day' | 'week' | 'month'): number[] {
  const days = Array.from({ length: daysBetween(from, to) + 1 }, (_, n) => addDays(from, n));
  const starts = days
    .filter((day) => day === from || periodOf(day, granularity) === day)
    .map((day) => startOfDay(zone, day));
  const end = startOfDay(zone, addDays(to, 1));
  // A day that the zone left out begins with the next one.
  return [...new Set(starts)].filter((start) => start < end);
}
