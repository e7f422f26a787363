/** What one event says, written down by whoever made it: nothing here was read by the loader. Times in milliseconds. */
export interface EventMeaning {
  readonly tenantId: string;
  readonly eventId: string;
  readonly at: number;
  /** The client's own session, or null. */
  readonly sessionId: string | null;
  readonly visitorId: string;
  readonly type: string;
  readonly action: string;
  readonly value: number | null;
  readonly timeOnPage: number | null;
  readonly itemType: string | null;
  readonly stage: string | null;
  readonly botReason: string | null;
  readonly pageUrl: string | null;
  readonly page: Described | null;
  readonly referrer: string | null;
  readonly utm: {
    readonly source: string | null;
    readonly medium: string | null;
    readonly campaign: string | null;
  };
  readonly visitor: State;
  readonly items: readonly Described[];
}

/** An event as it arrived: `received` is the arrival of its request. */
export interface LoadedEvent extends EventMeaning {
  readonly received: number;
  readonly recordSource: string;
}

/** The attributes of a visitor, a page or an item, by column. */
export type State = Readonly<Record<string, unknown>>;
export interface Described {
  readonly key: string;
  readonly state: State;
}

/** A row of a satellite by column; times in microseconds since 1970. */
export type Row = Readonly<Record<string, unknown>>;
/** Rows by tenant and business key, as {@link keyOf} writes them, in order of load date. */
export type Rows = ReadonlyMap<string, readonly Row[]>;

export const keyOf = (tenantId: string, businessKey: string): string =>
  JSON.stringify([tenantId, businessKey]);

export const HALF_HOUR = 30 * 60 * 1_000;
export const MICROSECONDS = 1_000;
const SILENT = new Set(['page_view', 'page_visibility', 'scroll', 'scroll_depth']);
const STAGES = ['awareness', 'consideration', 'conversion', 'retention'];

/** An event and its key in hexadecimal, whose order is that of the events. */
export interface Observed extends LoadedEvent {
  readonly key: string;
}

export const byKey = (a: Observed, b: Observed): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1_000);
const engagement = (claimed: number | null): number => Math.min(Math.max(claimed ?? 0, 0), 86_400);
export const sorted = (texts: Iterable<string>): string[] =>
  [...new Set(texts)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const isView = ({ type }: LoadedEvent): boolean => type === 'page_view';
/** Whether an event says more of its page than the address. */
export const describesPage = (event: LoadedEvent): boolean =>
  isView(event) || (event.page !== null && event.page.state.page_title !== null);
/** Whether an event says something of its visitor that only a browser knows. */
export const describesVisitor = (event: LoadedEvent): boolean =>
  isView(event) ||
  ['screen_resolution', 'viewport_size', 'timezone', 'language', 'do_not_track', 'device_pixel_ratio'].some(
    (attribute) => (event.visitor[attribute] ?? null) !== null,
  );
/** Whether a state says more of an item than a label does. */
export const describesItem = (state: State): boolean =>
  state.item_type !== 'item' || state.item_value !== null || state.item_category !== null;
export const isCompletion = ({ type, action }: LoadedEvent): boolean =>
  type === 'transaction_step' && action === 'complete';

/** The quotient to two decimals, halves away from zero, at most 100. */
export const percentage = (part: number, whole: number): number =>
  whole === 0
    ? 0
    : Math.min(Number((BigInt(part) * 20_000n + BigInt(whole)) / (2n * BigInt(whole))) / 100, 100);

/** Sessions of the events: the client's by its id, the others by the silence between a visitor's events. */
export function sessionsOf(events: readonly Observed[]): Map<string, Observed[]> {
  const sessions = new Map<string, Observed[]>();
  const unnamed = Map.groupBy(
    events.filter(({ sessionId }) => sessionId === null),
    ({ tenantId, visitorId }) => keyOf(tenantId, visitorId),
  );
  for (const ofVisitor of unnamed.values()) {
    let current: Observed[] = [];
    let last = Number.NEGATIVE_INFINITY;
    for (const event of ofVisitor.sort(byKey)) {
      if (event.at - last >= HALF_HOUR) {
        current = [];
        const begins = new Date(Math.floor(event.at / HALF_HOUR) * HALF_HOUR).toISOString().slice(0, 16);
        sessions.set(keyOf(event.tenantId, `${begins}Z ${event.visitorId}`), current);
      }
      current.push(event);
      last = event.at;
    }
  }
  for (const event of events) {
    if (event.sessionId === null) continue;
    const key = keyOf(event.tenantId, event.sessionId);
    const session = sessions.get(key) ?? [];
    sessions.set(key, session);
    session.push(event);
  }
  for (const session of sessions.values()) session.sort(byKey);
  return sessions;
}

/** Every column of a session's row, from all its events in the order of their keys. */
export function describeSession(events: readonly Observed[]): Row {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new Error('A session has events.');
  const views = events.filter(isView);
  const entry = views[0] ?? first;
  const exit = views.at(-1);
  const ended = Math.max(
    last.at,
    exit === undefined ? last.at : exit.at + engagement(exit.timeOnPage) * 1_000,
  );
  const types = [...Map.groupBy(events, ({ type }) => type)]
    .map(([type, { length }]): [string, number] => [type, length])
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 50);
  const itemTypes = sorted(events.flatMap(({ itemType }) => itemType ?? []));
  const stage = STAGES.findLast((name) => events.some((event) => event.stage === name));
  const otherStages = sorted(events.flatMap(({ stage: sent }) => sent ?? []));
  const [bot] = sorted(events.flatMap(({ botReason }) => botReason ?? []));
  const items = sorted(events.flatMap((event) => event.items.map(({ key }) => key))).slice(0, 100);
  const furthest = stage ?? otherStages[0];
  return {
    session_start_time: first.at * MICROSECONDS,
    session_end_time: ended * MICROSECONDS,
    session_duration_seconds: seconds(ended - first.at),
    total_page_views: views.length,
    total_events: events.length,
    entry_page_url: entry.pageUrl,
    exit_page_url: exit?.pageUrl ?? null,
    referrer_url: entry.referrer,
    utm_source: entry.utm.source,
    utm_medium: entry.utm.medium,
    utm_campaign: entry.utm.campaign,
    is_bounce:
      views.length === 1 && events.every(({ type }) => SILENT.has(type)) && ended - first.at < 10_000,
    items_viewed: items.length === 0 ? null : items,
    transaction_attempted: events.some(({ type }) => type === 'transaction_step'),
    transaction_completed: events.some(isCompletion),
    total_conversion_value: sum(events.map(({ value }) => value ?? 0)),
    business_context: {
      event_types: Object.fromEntries(types),
      ...(itemTypes.length > 0 && { item_types: itemTypes }),
      ...(furthest !== undefined && { furthest_stage: furthest }),
      ...(bot !== undefined && { bot_reason: bot }),
    },
  };
}

export interface PageShare {
  timedViews: number;
  seconds: number;
  entries: number;
  bounces: number;
  conversions: number;
}
export const noShare = (): PageShare => ({
  timedViews: 0,
  seconds: 0,
  entries: 0,
  bounces: 0,
  conversions: 0,
});

/** Adds what a closed session says of the pages it viewed. */
export function addShares(shares: Map<string, PageShare>, events: readonly Observed[]): void {
  const views = events.filter(isView);
  const last = events.at(-1);
  const session = describeSession(events);
  for (const [index, view] of views.entries()) {
    if (view.page === null || last === undefined) continue;
    const key = keyOf(view.tenantId, view.page.key);
    const share = shares.get(key) ?? noShare();
    shares.set(key, share);
    const next = views[index + 1];
    const length =
      next === undefined
        ? Math.max(seconds(last.at - view.at), engagement(view.timeOnPage)) || null
        : seconds(next.at - view.at);
    share.timedViews += length === null ? 0 : 1;
    share.seconds += length ?? 0;
    if (index > 0) continue;
    share.entries += 1;
    share.bounces += session.is_bounce === true ? 1 : 0;
    share.conversions += session.transaction_completed === true ? 1 : 0;
  }
}
