import {
  describeSession,
  type Observed,
  percentage,
  sessionsOf,
  sum,
} from '../support/recompute-sessions.ts';
import { addDays, startOfDay } from './calendar.ts';
import type { GeneratedEvent } from './generated-events.ts';

/** A session as it stands after all its events, bots' and other sites' too. */
export interface Session {
  readonly id: string;
  /** In the order of their keys. */
  readonly events: readonly GeneratedEvent[];
  readonly entry: GeneratedEvent;
  /** The last page view, or null without one. */
  readonly exit: GeneratedEvent | null;
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
  readonly views: number;
  readonly isBounce: boolean;
  readonly isCompleted: boolean;
  readonly value: number;
}

/** An event with the session it belongs to. */
export interface Seen {
  readonly event: GeneratedEvent;
  readonly session: Session;
}

/** The filters that choose events by one value, in the names of the query. */
export type FilterName =
  | 'site'
  | 'page'
  | 'source'
  | 'channel'
  | 'campaign'
  | 'device'
  | 'browser'
  | 'os'
  | 'country'
  | 'event'
  | 'item';
export type Filters = Readonly<Partial<Record<FilterName, readonly string[]>>>;

export interface Question {
  /** Days of the zone, both included. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly filters: Filters;
  readonly bot: 'no' | 'yes' | 'all';
}

/** The values of an event that each filter looks at: its own, or those its session began with. */
const filterValues: Readonly<Record<FilterName, (seen: Seen) => readonly (string | null)[]>> = {
  site: ({ event }) => [event.siteId],
  page: ({ event }) => [event.path],
  country: ({ event }) => [event.country],
  event: ({ event }) => [event.type],
  item: ({ event }) => event.items.map(({ key }) => key),
  channel: ({ session }) => [session.entry.channel],
  source: ({ session }) => [session.entry.source],
  campaign: ({ session }) => [session.entry.campaign],
  device: ({ session }) => [session.entry.device.device],
  browser: ({ session }) => [session.entry.device.browser ?? 'unknown'],
  os: ({ session }) => [session.entry.device.os ?? 'unknown'],
};
export const filterNames = Object.keys(filterValues).filter(
  (name): name is FilterName => name in filterValues,
);

/** Every event of a tenant, in the order of their keys. */
export function attribute(events: readonly GeneratedEvent[]): Seen[] {
  const generated = new Map(events.map((event) => [event.key, event]));
  const own = (observed: readonly Observed[]) => observed.flatMap(({ key }) => generated.get(key) ?? []);
  return [...sessionsOf(events)]
    .flatMap(([key, observed]) => {
      const session = sessionFrom(key, own(observed));
      return session.events.map((event) => ({ event, session }));
    })
    .sort(inOrder);
}

function sessionFrom(key: string, events: readonly GeneratedEvent[]): Session {
  const [first] = events;
  if (first === undefined) throw new Error('A session has events.');
  const row = describeSession(events);
  const views = events.filter(isView);
  const [, id]: unknown[] = JSON.parse(key);
  return {
    id: String(id),
    events,
    entry: views[0] ?? first,
    exit: views.at(-1) ?? null,
    start: first.at,
    end: Number(row.session_end_time) / 1_000,
    seconds: Number(row.session_duration_seconds),
    views: views.length,
    isBounce: row.is_bounce === true,
    isCompleted: row.transaction_completed === true,
    value: Number(row.total_conversion_value),
  };
}

export const inOrder = (a: Seen, b: Seen): number => (a.event.key < b.event.key ? -1 : 1);
export const isView = ({ type }: GeneratedEvent): boolean => type === 'page_view';

/** Whether the filters choose an event. */
export function isWanted(seen: Seen, { filters, bot }: Pick<Question, 'filters' | 'bot'>): boolean {
  if (bot !== 'all' && (seen.event.botReason !== null) !== (bot === 'yes')) return false;
  return filterNames.every((name) => {
    const wanted = filters[name];
    if (wanted === undefined) return true;
    return filterValues[name](seen).some((value) => value !== null && wanted.includes(value));
  });
}

/** The events that a question is about. */
export function select(all: readonly Seen[], question: Question): Seen[] {
  const { from, to, timeZone } = question;
  const begin = startOfDay(timeZone, from);
  const end = startOfDay(timeZone, addDays(to, 1));
  return all.filter((seen) => seen.event.at >= begin && seen.event.at < end && isWanted(seen, question));
}

export const sessionsIn = (chosen: readonly Seen[]): Session[] => [
  ...new Set(chosen.map(({ session }) => session)),
];
export const visitorsIn = (chosen: readonly Seen[]): number =>
  new Set(chosen.map(({ event }) => event.visitorId)).size;
export const totalValue = (chosen: readonly Seen[]): number =>
  sum(chosen.map(({ event }) => event.value ?? 0));

/** A fraction to two decimals, halves away from zero. */
const rounded = (numerator: number, denominator: number): number => {
  const size = (200n * BigInt(Math.abs(numerator)) + BigInt(denominator)) / (2n * BigInt(denominator));
  return (Math.sign(numerator) * Number(size)) / 100;
};

/** The mean, in units of which one is `unit` of the values; null of nothing. */
export const mean = (values: readonly number[], unit = 1): number | null =>
  values.length === 0 ? null : rounded(sum(values), values.length * unit);

/** The sum of values of which each is shared by so many; no event here has more than three items. */
export const sharedValue = (
  shares: readonly { readonly value: number | null; readonly among: number }[],
): number => rounded(sum(shares.map(({ value, among }) => ((value ?? 0) * 6) / among)), 6);

export const bounceRate = (sessions: readonly Session[]): number =>
  percentage(sessions.filter(({ isBounce }) => isBounce).length, sessions.length);

/** Every metric of chosen events, in the names of the answers. */
export function metricsOf(chosen: readonly Seen[]) {
  const sessions = sessionsIn(chosen);
  const conversions = sessions.filter(({ isCompleted }) => isCompleted).length;
  return {
    visitors: visitorsIn(chosen),
    sessions: sessions.length,
    pageviews: chosen.filter(({ event }) => isView(event)).length,
    events: chosen.length,
    bounceRate: bounceRate(sessions),
    avgSessionSeconds: mean(sessions.map(({ seconds }) => seconds)) ?? 0,
    pagesPerSession: mean(sessions.map(({ views }) => views)) ?? 0,
    conversions,
    conversionRate: percentage(conversions, sessions.length),
    conversionValue: totalValue(chosen),
  };
}

/** Rows by a name of each event, or of each of its items; whatever has no name is in none. */
export function groupBy<Name>(chosen: readonly Seen[], namesOf: (seen: Seen) => readonly Name[]) {
  const named = chosen.flatMap((seen) => namesOf(seen).map((name) => ({ name, seen })));
  return [...Map.groupBy(named, ({ name }) => JSON.stringify(name)).values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ name: first.name, of: group.map(({ seen }) => seen) }];
  });
}
