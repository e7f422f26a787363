import { eventKey } from '../../lambdas/vault/hash-key.ts';
import type { LoadedEvent } from '../support/recompute-sessions.ts';

/** The marts worked out from what the events mean, without the database: what each mart should say, by its own names. */
export interface RecomputedMarts {
  readonly pageviews: readonly Row[];
  readonly sessions: readonly Row[];
  readonly days: readonly Row[];
  readonly pages: readonly Row[];
}
type Row = Readonly<Record<string, unknown>>;

interface Session {
  readonly tenantId: string;
  readonly id: string;
  /** In the order of their keys, which is that of their times. */
  readonly events: LoadedEvent[];
}

const HALF_HOUR = 30 * 60 * 1_000;
const HAPPENS_BY_ITSELF = ['page_view', 'page_visibility', 'scroll', 'scroll_depth'];

const isView = ({ type }: LoadedEvent): boolean => type === 'page_view';
const engagement = ({ timeOnPage }: LoadedEvent): number => Math.min(Math.max(timeOnPage ?? 0, 0), 86_400);
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const rounded = (value: number, digits: number): number =>
  Number(`${Math.round(Number(`${value}e${digits}`))}e-${digits}`);

export function sessionsOf(events: readonly LoadedEvent[]): Session[] {
  const ordered = [...events].sort((a, b) =>
    Buffer.compare(
      eventKey(a.tenantId, a.eventId, new Date(a.at)),
      eventKey(b.tenantId, b.eventId, new Date(b.at)),
    ),
  );
  const sessions: Session[] = [];
  const current = new Map<string, Session>();
  for (const event of ordered) {
    const { tenantId, sessionId, visitorId } = event;
    const key = JSON.stringify([tenantId, sessionId, sessionId === null ? visitorId : null]);
    const going = current.get(key);
    const last = going?.events.at(-1);
    if (going !== undefined && last !== undefined && (sessionId !== null || event.at - last.at < HALF_HOUR)) {
      going.events.push(event);
      continue;
    }
    const began = new Date(Math.floor(event.at / HALF_HOUR) * HALF_HOUR).toISOString().slice(0, 16);
    const session = { tenantId, id: sessionId ?? `${began}Z ${visitorId}`, events: [event] };
    sessions.push(session);
    current.set(key, session);
  }
  return sessions;
}

export function describe({ tenantId, id, events }: Session) {
  const views = events.filter(isView);
  const began = events[0]?.at ?? 0;
  const exit = views.at(-1);
  const ended = Math.max(events.at(-1)?.at ?? 0, exit === undefined ? 0 : exit.at + engagement(exit) * 1_000);
  const entry = views[0] ?? events[0];
  return {
    tenantId,
    id,
    began,
    entry,
    seconds: Math.floor((ended - began) / 1_000),
    views: views.length,
    events: events.length,
    bounce:
      views.length === 1 &&
      events.every(({ type }) => HAPPENS_BY_ITSELF.includes(type)) &&
      ended - began < 10_000,
    isBot: entry?.botReason !== null,
  };
}

/** The page views of a session with their seconds, null where nothing is known. */
function timedViews({ events }: Session) {
  const views = events.filter(isView);
  return views.map((view, index) => {
    const next = views[index + 1];
    const last = events.at(-1)?.at ?? view.at;
    const seconds =
      next === undefined
        ? Math.max(Math.floor((last - view.at) / 1_000), engagement(view)) || null
        : Math.floor((next.at - view.at) / 1_000);
    return { view, seconds };
  });
}

const grouped = <Value>(values: readonly Value[], key: (value: Value) => readonly string[]) =>
  [...Map.groupBy(values, (value) => JSON.stringify(key(value)))].sort(([a], [b]) => (a < b ? -1 : 1));

export function recomputeMarts(events: readonly LoadedEvent[]): RecomputedMarts {
  const sessions = sessionsOf(events);
  const described = sessions.map(describe).filter(({ isBot }) => !isBot);
  const viewed = sessions
    .flatMap((session) => timedViews(session).map((timed) => ({ ...timed, session })))
    .filter(({ view }) => view.botReason === null);
  const ofPeople = events.filter(({ botReason }) => botReason === null);
  const began = new Map(grouped(described, (session) => [session.tenantId, dayOf(session.began)]));
  return {
    pageviews: viewed
      .map(({ view, seconds, session }) => ({
        tenant: view.tenantId,
        event_id: view.eventId,
        session_id: session.id,
        visitor_id: view.visitorId,
        seconds,
      }))
      .sort((a, b) => (a.tenant + a.event_id < b.tenant + b.event_id ? -1 : 1)),
    sessions: described
      .map(({ tenantId, id, began: start, seconds, views, events: count, bounce }) => ({
        tenant: tenantId,
        session_id: id,
        began: start,
        seconds,
        views,
        events: count,
        bounce,
      }))
      .sort((a, b) =>
        JSON.stringify([a.tenant, a.session_id]) < JSON.stringify([b.tenant, b.session_id]) ? -1 : 1,
      ),
    days: grouped(ofPeople, (event) => [event.tenantId, dayOf(event.at)]).map(([key, happened]) => {
      const [tenant, day]: unknown[] = JSON.parse(key);
      const started = began.get(key) ?? [];
      const none = started.length === 0;
      return {
        tenant,
        day,
        visitors: new Set(happened.map(({ visitorId }) => visitorId)).size,
        sessions: started.length,
        views: happened.filter(isView).length,
        bounce_rate: none ? null : rounded(mean(started.map(({ bounce }) => Number(bounce))), 4),
        seconds: none ? null : Math.round(mean(started.map(({ seconds }) => seconds))),
        pages: none ? null : rounded(mean(started.map(({ views }) => views)), 2),
        events: happened.length,
      };
    }),
    pages: grouped(viewed, ({ view }) => [view.tenantId, String(view.page?.state.page_path)]).map(
      ([key, of]) => {
        const [tenant, path]: unknown[] = JSON.parse(key);
        const known = of.flatMap(({ seconds }) => seconds ?? []);
        const entered = of
          .map(({ session, view }) => ({ view, ...describe(session) }))
          .filter(({ entry, view }) => entry === view);
        return {
          tenant,
          path,
          views: of.length,
          seconds: known.length === 0 ? null : rounded(mean(known), 3),
          sessions: new Set(of.map(({ session }) => session)).size,
          bounce_rate:
            entered.length === 0 ? null : rounded(mean(entered.map(({ bounce }) => Number(bounce))), 4),
        };
      },
    ),
  };
}
