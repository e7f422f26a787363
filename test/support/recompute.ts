import { eventKey } from '../../lambdas/vault/hash-key.ts';
import {
  addShares,
  byKey,
  type Described,
  describeSession,
  describesItem,
  describesPage,
  describesVisitor,
  HALF_HOUR,
  isCompletion,
  isView,
  keyOf,
  type LoadedEvent,
  MICROSECONDS,
  noShare,
  type Observed,
  type PageShare,
  percentage,
  type Row,
  type Rows,
  type State,
  sessionsOf,
  sorted,
  sum,
} from './recompute-sessions.ts';

const HISTORY_ROWS_PER_DAY = 100;

interface Version {
  readonly loadDate: number;
  readonly metrics: Row;
}

/** What maintenance knows of one key: its snapshots and whether something happened since the last. */
interface Kept {
  readonly snapshots: Version[];
  hasChanged: boolean;
}

interface Entity {
  readonly events: Observed[];
  readonly observations: { readonly event: Observed; readonly state: State }[];
}

const byArrival = (a: Observed, b: Observed): number => a.received - b.received || byKey(a, b);

/**
 * The satellites that the given events must lead to, recomputed from all of them each time. It follows the maintenance ticks
 * too, so that load dates, closed rows and what only closed sessions say can be told. No session may outlive a tick by an hour.
 */
export class Recomputation {
  readonly #events: Observed[] = [];
  readonly #sessions = new Map<string, Kept & { closedWith: readonly Observed[] }>();
  readonly #visitors = new Map<string, Kept>();
  readonly #pages = new Map<string, Kept>();
  readonly #items = new Map<string, Kept>();

  /** Takes events that the vault did not have; those of one call were loaded since the last tick. */
  add(events: readonly LoadedEvent[]): void {
    for (const event of events) {
      const { tenantId, eventId, at, visitorId, page, items } = event;
      this.#events.push({ ...event, key: eventKey(tenantId, eventId, new Date(at)).toString('hex') });
      kept(this.#visitors, keyOf(tenantId, visitorId)).hasChanged = true;
      if (page !== null && describesPage(event))
        kept(this.#pages, keyOf(tenantId, page.key)).hasChanged = true;
      for (const { key } of items) kept(this.#items, keyOf(tenantId, key)).hasChanged = true;
    }
    // A closed session that grew or was joined is open again, and no longer speaks of its pages.
    const standing = sessionsOf(this.#events);
    for (const [key, session] of this.#sessions) {
      if (standing.get(key)?.length === session.closedWith.length) continue;
      this.#touchPages(session.closedWith);
      session.closedWith = [];
    }
  }

  /** A tick of maintenance: sessions silent for 30 minutes close, and everything that changed has its snapshot. */
  tick(asOf: Date): void {
    for (const [key, events] of sessionsOf(this.#events)) {
      const session = this.#sessions.get(key) ?? { snapshots: [], hasChanged: true, closedWith: [] };
      this.#sessions.set(key, session);
      if (session.closedWith.length === events.length) continue;
      if ((events.at(-1)?.at ?? 0) > asOf.getTime() - HALF_HOUR) continue;
      snapshot(session, events, describeSession(events));
      session.closedWith = events;
      this.#touchPages(events);
    }
    const all: [Map<string, Kept>, ReadonlyMap<string, Entity>, ReadonlyMap<string, Row>][] = [
      [this.#visitors, this.#ofVisitors(), this.#visitorMetrics()],
      [this.#pages, this.#ofPages(), this.#pageMetrics()],
      [this.#items, this.#ofItems(), this.#itemMetrics()],
    ];
    for (const [keeping, entities, metrics] of all) {
      for (const [key, entry] of keeping) {
        if (!entry.hasChanged) continue;
        snapshot(entry, entities.get(key)?.events ?? [], metrics.get(key) ?? {});
        entry.hasChanged = false;
      }
    }
  }

  /** The open row of each session. */
  sessions(): Rows {
    return new Map(
      [...sessionsOf(this.#events)].map(([key, events]) => {
        const taken = this.#sessions.get(key)?.snapshots.at(-1)?.loadDate;
        const arrived = Math.min(...events.map(({ received }) => received)) * MICROSECONDS;
        return [
          key,
          [{ load_date: taken ?? arrived, ...describeSession(events), record_source: 'business_vault' }],
        ];
      }),
    );
  }

  /** Keys of sessions whose accumulator is gone. */
  closedSessions(): Set<string> {
    return new Set(
      [...this.#sessions].filter(([, { closedWith }]) => closedWith.length > 0).map(([key]) => key),
    );
  }

  /** Visitors that a session had, by session. */
  sessionVisitors(): Map<string, string[]> {
    return new Map(
      [...sessionsOf(this.#events)].map(([key, events]) => [
        key,
        sorted(events.map(({ visitorId }) => visitorId)),
      ]),
    );
  }

  /** Every row of each visitor, closed ones too. */
  visitors(): Rows {
    return versions(this.#ofVisitors(), this.#visitors, this.#visitorMetrics(), describesVisitor);
  }
  pages(): Rows {
    return versions(this.#ofPages(), this.#pages, this.#pageMetrics());
  }
  items(): Rows {
    return versions(this.#ofItems(), this.#items, this.#itemMetrics(), (_, state) => describesItem(state));
  }

  #touchPages(events: readonly Observed[]): void {
    for (const { page, tenantId } of events.filter(isView)) {
      if (page !== null) kept(this.#pages, keyOf(tenantId, page.key)).hasChanged = true;
    }
  }

  #ofVisitors(): Map<string, Entity> {
    return gather(this.#events, (event) => [{ key: event.visitorId, state: event.visitor }]);
  }
  #ofPages(): Map<string, Entity> {
    return gather(this.#events.filter(describesPage), ({ page }) =>
      page === null ? [] : [{ key: page.key, state: { page_url: page.key, ...page.state } }],
    );
  }
  #ofItems(): Map<string, Entity> {
    return gather(this.#events, ({ items }) => items);
  }

  #visitorMetrics(): Map<string, Row> {
    const sessions = new Map<string, number>();
    for (const [session, visitors] of this.sessionVisitors()) {
      const [tenantId] = JSON.parse(session);
      for (const visitor of visitors) {
        const key = keyOf(tenantId, visitor);
        sessions.set(key, (sessions.get(key) ?? 0) + 1);
      }
    }
    return mapValues(this.#ofVisitors(), ({ events }, key) => {
      const count = sessions.get(key) ?? 0;
      const transactions = events.filter(isCompletion).length;
      const times = events.map(({ at }) => at);
      const dealtWith = [
        ...Map.groupBy(
          events.flatMap(({ items }) => items),
          (item) => item.key,
        ),
      ]
        .map(([item, { length }]): [string, number] => [item, length])
        .sort((a, b) => b[1] - a[1] || Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])))
        .slice(0, 5)
        .map(([item]) => item);
      return {
        first_visit_date: least(times) * MICROSECONDS,
        last_visit_date: greatest(times) * MICROSECONDS,
        total_sessions: count,
        total_page_views: events.filter(isView).length,
        favorite_items: dealtWith.length === 0 ? null : dealtWith,
        total_transactions: transactions,
        lifetime_value: sum(events.map(({ value }) => value ?? 0)),
        visitor_segment:
          transactions > 1
            ? 'repeat_customer'
            : transactions === 1
              ? 'customer'
              : count > 1
                ? 'returning'
                : 'new',
      };
    });
  }

  #pageMetrics(): Map<string, Row> {
    const shares = new Map<string, PageShare>();
    const closed = this.closedSessions();
    for (const [key, events] of sessionsOf(this.#events)) if (closed.has(key)) addShares(shares, events);
    return mapValues(this.#ofPages(), ({ events }, key) => {
      const views = events.filter(isView);
      const { timedViews, seconds: spent, entries, bounces, conversions } = shares.get(key) ?? noShare();
      return {
        total_views: views.length,
        unique_visitors: new Set(views.map(({ visitorId }) => visitorId)).size,
        avg_time_on_page: timedViews === 0 ? 0 : Math.floor((2 * spent + timedViews) / (2 * timedViews)),
        bounce_rate: percentage(bounces, entries),
        conversion_rate: percentage(conversions, entries),
      };
    });
  }

  #itemMetrics(): Map<string, Row> {
    return mapValues(this.#ofItems(), ({ events }) => {
      const interactions = events.filter(({ type }) => type !== 'transaction_step').length;
      const conversions = events.filter(isCompletion).length;
      return {
        popularity_score: interactions + 10 * conversions,
        conversion_rate: percentage(conversions, interactions),
        total_interactions: interactions,
        total_conversions: conversions,
      };
    });
  }
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));

function kept(keeping: Map<string, Kept>, key: string): Kept {
  const entry = keeping.get(key) ?? { snapshots: [], hasChanged: true };
  keeping.set(key, entry);
  return entry;
}

/** Takes a snapshot, unless it would repeat the last one. */
function snapshot(entry: Kept, events: readonly Observed[], metrics: Row): void {
  const arrived = greatest(events.map(({ received }) => received)) * MICROSECONDS;
  const previous = entry.snapshots.at(-1);
  if (previous !== undefined && JSON.stringify(previous.metrics) === JSON.stringify(metrics)) return;
  entry.snapshots.push({ loadDate: Math.max(arrived, (previous?.loadDate ?? 0) + 1), metrics });
}

function gather(
  events: readonly Observed[],
  of: (event: Observed) => readonly Described[],
): Map<string, Entity> {
  const entities = new Map<string, Entity>();
  for (const event of events) {
    for (const { key, state } of of(event)) {
      const name = keyOf(event.tenantId, key);
      const entity = entities.get(name) ?? { events: [], observations: [] };
      entities.set(name, entity);
      entity.events.push(event);
      entity.observations.push({ event, state });
    }
  }
  return entities;
}

const mapValues = (entities: ReadonlyMap<string, Entity>, work: (entity: Entity, key: string) => Row) =>
  new Map([...entities].map(([key, entity]) => [key, work(entity, key)]));

const mapValuesToNull = (row: Row): Row =>
  Object.fromEntries(Object.keys(row).map((column) => [column, null]));

/**
 * A row begins with the first event, where the state changed and where a snapshot was taken. Until an event is heard the
 * state is unknown, but for the open row of an entity of which none ever was.
 */
function versions(
  entities: ReadonlyMap<string, Entity>,
  keeping: ReadonlyMap<string, Kept>,
  live: ReadonlyMap<string, Row>,
  isHeard?: (event: Observed, state: State) => boolean,
): Rows {
  return new Map(
    [...entities].map(([key, { events, observations }]) => {
      const { snapshots, hasChanged } = keeping.get(key) ?? { snapshots: [], hasChanged: true };
      const heard = observations.filter(({ event, state }) => isHeard?.(event, state) ?? true);
      const changes = changesOf(heard);
      const first = { loadDate: least(events.map(({ received }) => received)) * MICROSECONDS };
      const begins = [...new Set([first, ...changes, ...snapshots].map(({ loadDate }) => loadDate))].sort(
        (a, b) => a - b,
      );
      const newest = observations.toSorted((a, b) => byArrival(a.event, b.event)).at(-1)?.state ?? {};
      const unheard = { ...newest, record_source: 'business_vault' };
      const unknown = { ...mapValuesToNull(newest), record_source: 'business_vault' };
      const none = Object.fromEntries(Object.keys(live.get(key) ?? {}).map((column) => [column, null]));
      const rows = begins.map((loadDate, index): Row => {
        const end = begins[index + 1] ?? null;
        const state = changes.findLast((change) => change.loadDate <= loadDate);
        const taken = snapshots.findLast((version) => version.loadDate <= loadDate);
        const metrics = end === null && hasChanged ? live.get(key) : (taken?.metrics ?? none);
        const attributes = state?.row ?? (heard.length === 0 && end === null ? unheard : unknown);
        return { load_date: loadDate, load_end_date: end, ...attributes, ...metrics };
      });
      return [key, rows];
    }),
  );
}

/** When the state changed, by arrival: of one instant the last event speaks, and equal neighbours are one. */
function changesOf(observations: Entity['observations']): { loadDate: number; row: Row }[] {
  const ordered = observations.toSorted((a, b) => byArrival(a.event, b.event));
  const spoken = ordered.filter(({ event }, index) => ordered[index + 1]?.event.received !== event.received);
  const changes = spoken.filter(
    ({ state }, index) => JSON.stringify(spoken[index - 1]?.state) !== JSON.stringify(state),
  );
  const days = Map.groupBy(changes, ({ event }) => Math.floor(event.received / 86_400_000));
  for (const { length } of days.values()) {
    if (length > HISTORY_ROWS_PER_DAY)
      throw new Error('The events change a state more often than a history keeps.');
  }
  return changes.map(({ event, state }) => ({
    loadDate: event.received * MICROSECONDS,
    row: { ...state, record_source: event.recordSource },
  }));
}
