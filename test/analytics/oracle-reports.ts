import { hashKey } from '../../lambdas/vault/hash-key.ts';
import { percentage } from '../support/recompute-sessions.ts';
import { type Bucket, localTime } from './calendar.ts';
import type { GeneratedEvent } from './generated-events.ts';
import {
  bounceRate,
  groupBy,
  inOrder,
  isView,
  mean,
  metricsOf,
  type Seen,
  type Session,
  sessionsIn,
  sharedValue,
  totalValue,
  visitorsIn,
} from './oracle.ts';

/** What the answers list, worked out from the chosen events; rows in the names and the order of the answers. */

/** Texts by their bytes, absent ones last. */
export const byText = (a: string | null, b: string | null): number =>
  a === null || b === null
    ? Number(a === null) - Number(b === null)
    : Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Compares by several orders, of which the first that tells two apart counts. */
export const first = (...orders: readonly number[]): number => orders.find((order) => order !== 0) ?? 0;

const engagement = ({ timeOnPage }: GeneratedEvent): number => Math.min(Math.max(timeOnPage ?? 0, 0), 86_400);

/** Seconds until the session's next page view, for its last those in which something still happened; null when unknown. */
function secondsOnPage({ event, session }: Seen): number | null {
  const views = session.events.filter(isView);
  const next = views[views.indexOf(event) + 1];
  if (next !== undefined) return Math.floor((next.at - event.at) / 1_000);
  const last = session.events.at(-1)?.at ?? event.at;
  return Math.max(Math.floor((last - event.at) / 1_000), engagement(event)) || null;
}

export function timeseries(chosen: readonly Seen[], buckets: readonly Bucket[]) {
  return buckets.map(({ name, from, until }) => ({
    bucket: name,
    ...metricsOf(chosen.filter(({ event }) => event.at >= from && event.at < until)),
  }));
}

export function pages(chosen: readonly Seen[]) {
  const sessions = sessionsIn(chosen);
  const views = chosen.filter(({ event }) => isView(event));
  return groupBy(views, ({ event }) => [event.path])
    .map(({ name: path, of }) => {
      const entered = sessions.filter(({ entry }) => entry.path === path);
      return {
        page: path,
        pageviews: of.length,
        visitors: visitorsIn(of),
        sessions: sessionsIn(of).length,
        entries: entered.length,
        exits: sessions.filter(({ exit }) => exit !== null && exit.path === path).length,
        avgSecondsOnPage: mean(of.flatMap((seen) => secondsOnPage(seen) ?? [])),
        bounceRate: bounceRate(entered),
      };
    })
    .sort((a, b) => first(b.pageviews - a.pageviews, byText(a.page, b.page)));
}

/** What is told of each part of the sessions. */
function breakdownOf(of: readonly Seen[]) {
  const { pagesPerSession: _pages, conversionRate: _rate, ...breakdown } = metricsOf(of);
  return breakdown;
}

export function sources(chosen: readonly Seen[]) {
  return groupBy(chosen, ({ session: { entry } }) => [[entry.channel, entry.source, entry.campaign] as const])
    .map(({ name: [channel, source, campaign], of }) => ({
      channel,
      source,
      campaign,
      ...breakdownOf(of),
    }))
    .sort((a, b) =>
      first(
        b.sessions - a.sessions,
        byText(a.channel, b.channel),
        byText(a.source, b.source),
        byText(a.campaign, b.campaign),
      ),
    );
}

export type DeviceWord = 'device' | 'browser' | 'os' | 'screen';

export function devices(chosen: readonly Seen[], by: DeviceWord) {
  return groupBy(chosen, ({ session }) => [session.entry.device[by] ?? 'unknown'])
    .map(({ name, of }) => ({ name, ...breakdownOf(of) }))
    .sort((a, b) => first(b.sessions - a.sessions, byText(a.name, b.name)));
}

export function events(chosen: readonly Seen[]) {
  return groupBy(chosen, ({ event }) => [event.type])
    .map(({ name, of }) => ({
      event: name,
      events: of.length,
      visitors: visitorsIn(of),
      sessions: sessionsIn(of).length,
      value: totalValue(of),
    }))
    .sort((a, b) => first(b.events - a.events, byText(a.event, b.event)));
}

const keyOf = ({ id, entry }: Session): Buffer => hashKey(entry.tenantId, id);

/** The sessions, newest first, of equal age the one with the greater key. */
export function sessions(chosen: readonly Seen[], zone: string) {
  return sessionsIn(chosen)
    .sort((a, b) => first(b.start - a.start, Buffer.compare(keyOf(b), keyOf(a))))
    .map((session) => ({
      sessionId: session.id,
      visitorId: session.entry.visitorId,
      site: session.entry.siteId,
      start: localTime(zone, session.start),
      end: localTime(zone, session.end),
      seconds: session.seconds,
      pageViews: session.views,
      events: session.events.length,
      bounce: session.isBounce,
      entryPath: session.entry.path,
      exitPath: session.exit?.path ?? null,
      channel: session.entry.channel,
      source: session.entry.source,
      campaign: session.entry.campaign,
      device: session.entry.device.device,
      browser: session.entry.device.browser,
      os: session.entry.device.os,
      converted: session.isCompleted,
      conversionValue: session.value,
    }));
}

/** An item's name is the one that arrived last, of all events of the tenant. */
export function items(chosen: readonly Seen[], all: readonly Seen[]) {
  const newest = new Map(
    [...all]
      .sort((a, b) => a.event.received - b.event.received)
      .flatMap(({ event }) => event.items.map(({ key, state }) => [key, state] as const)),
  );
  return groupBy(chosen, ({ event }) => event.items.map(({ key }) => key))
    .map(({ name: item, of }) => ({
      item,
      name: newest.get(item)?.item_name,
      type: newest.get(item)?.item_type,
      interactions: of.filter(({ event }) => event.type !== 'transaction_step').length,
      visitors: visitorsIn(of),
      sessions: sessionsIn(of).length,
      conversions: of.filter(({ event }) => event.type === 'transaction_step' && event.action === 'complete')
        .length,
      value: sharedValue(of.map(({ event }) => ({ value: event.value, among: event.items.length }))),
    }))
    .sort((a, b) => first(b.interactions - a.interactions, byText(a.item, b.item)));
}

/** Whether an event is a step such as `page:/cart`. */
const isStep = (step: string, { type, action, path }: GeneratedEvent): boolean => {
  const [kind, ...rest] = step.split(':');
  const name = rest.join(':');
  if (kind === 'page') return type === 'page_view' && path === name;
  return kind === 'event' ? type === name : type === 'transaction_step' && action === name;
};

/** How many sessions took the steps one after the other. */
export function funnel(chosen: readonly Seen[], steps: readonly string[]) {
  const reached = sessionsIn(chosen).map((session) => {
    const own = chosen.filter((seen) => seen.session === session).sort(inOrder);
    let at = -1;
    return steps.findIndex((step) => {
      at = own.findIndex(({ event }, index) => index > at && isStep(step, event));
      return at === -1;
    });
  });
  const counts = steps.map((_, index) => reached.filter((end) => end === -1 || end > index).length);
  return steps.map((step, index) => ({
    step,
    sessions: counts[index] ?? 0,
    fromPrevious: index === 0 ? 100 : percentage(counts[index] ?? 0, counts[index - 1] ?? 0),
    fromFirst: index === 0 ? 100 : percentage(counts[index] ?? 0, counts[0] ?? 0),
  }));
}

/** The first pages of each session, a page that is looked at again at once counted once; views of which nobody knows the page are none. */
export function paths(chosen: readonly Seen[], length: number) {
  const taken = sessionsIn(chosen).flatMap((session) => {
    const viewed = chosen.filter((seen) => seen.session === session && isView(seen.event)).sort(inOrder);
    const walked = viewed
      .flatMap(({ event }) => event.path ?? [])
      .filter((path, index, all) => index === 0 || path !== all[index - 1]);
    return walked.length === 0 ? [] : [walked.slice(0, length)];
  });
  return [...Map.groupBy(taken, (path) => JSON.stringify(path)).values()]
    .map((group) => ({ path: group[0] ?? [], sessions: group.length }))
    .sort((a, b) => first(b.sessions - a.sessions, byText(JSON.stringify(a.path), JSON.stringify(b.path))));
}
