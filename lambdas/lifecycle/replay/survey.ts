import type { JudgedEvent, Judgement, Verdict } from './judgement.ts';

/** One event as an example of what a replay would change. */
export type ReplayExample = Pick<JudgedEvent, 'tenantId' | 'eventId' | 'verdict' | 'differences'>;

/** Verdicts of which an example is worth showing. */
const worthShowing: readonly Verdict[] = ['changed', 'dropped', 'accepted', 'missing', 'refused', 'released'];

/** What a replay found in its scope: counts, and a few examples. Its size does not depend on the number of events. */
export class ReplaySurvey {
  readonly #mostExamples: number;
  readonly #verdicts = new Map<Verdict, number>();
  readonly #columns = new Map<string, number>();
  readonly #examples: ReplayExample[] = [];
  readonly #tenantsToRebuild = new Set<string>();
  #pendingRequests = 0;
  #events = 0;

  /** @param mostExamples how many events are kept as examples */
  constructor(mostExamples: number) {
    this.#mostExamples = mostExamples;
  }

  add({ pending, events }: Judgement): void {
    this.#pendingRequests += pending.length;
    this.#events += events.length;
    for (const event of events) this.#addEvent(event);
  }

  #addEvent(event: JudgedEvent): void {
    const { tenantId, eventId, verdict, differences } = event;
    this.#verdicts.set(verdict, this.count(verdict) + 1);
    for (const name of new Set(differences.map(({ table, column }) => `${table}.${column}`))) {
      this.#columns.set(name, (this.#columns.get(name) ?? 0) + 1);
    }
    if (verdict === 'changed' || verdict === 'dropped') this.#tenantsToRebuild.add(tenantId);
    if (worthShowing.includes(verdict) && this.#examples.length < this.#mostExamples) {
      this.#examples.push({ tenantId, eventId, verdict, differences });
    }
  }

  /** Events compared. */
  get events(): number {
    return this.#events;
  }

  /** Requests that were on their way to the vault already, so that nothing can be said of their events yet. */
  get pendingRequests(): number {
    return this.#pendingRequests;
  }

  count(verdict: Verdict): number {
    return this.#verdicts.get(verdict) ?? 0;
  }

  /** For each `table.column` that differs, how many events it differs in; the most frequent first. */
  get columns(): readonly (readonly [string, number])[] {
    return [...this.#columns].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  get examples(): readonly ReplayExample[] {
    return this.#examples;
  }

  /** Tenants whose vault holds events that today's rules would write otherwise or not at all. */
  get tenantsToRebuild(): readonly string[] {
    return [...this.#tenantsToRebuild].sort();
  }
}
