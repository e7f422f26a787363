import type { BenchEvent } from './event-stream.ts';

/** What became of events, as the ledger has it. */
export interface Figures {
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  refused: number;
  erased: number;
  pending: number;
  /** Events of the vault that are a bot's, erased ones included. */
  bots: number;
  refusals: Record<string, number>;
}

type Fate = 'stored' | 'quarantined' | 'pending';
type Place = Fate | 'erased';

interface Known {
  readonly text: string;
  readonly visitor: unknown;
  place: Place;
}

/** The sender's own books: what has to become of each event that it sends, from nothing but what it sent before. */
export class LedgerModel {
  readonly figures: Figures = {
    received: 0,
    stored: 0,
    duplicate: 0,
    quarantined: 0,
    refused: 0,
    erased: 0,
    pending: 0,
    bots: 0,
    refusals: {},
  };
  readonly #known = new Map<string, Known>();
  readonly #contested = new Map<string, Known>();
  readonly #erased = new Set<unknown>();

  /** Events that reach the raw layer. @param fate of those that are new. */
  send(events: readonly BenchEvent[], fate: Fate = 'stored'): void {
    for (const event of events) {
      this.figures.received += 1;
      this.figures[this.#judge(event, fate)] += 1;
    }
  }

  #judge(event: BenchEvent, fate: Fate): Place | 'duplicate' {
    const { event_id: id, visitor_id: visitor } = event;
    const text = JSON.stringify(event);
    const known = this.#known.get(id);
    if (known === undefined) {
      // What is pending has not been looked at.
      const place = fate !== 'pending' && this.#erased.has(visitor) ? 'erased' : fate;
      this.#known.set(id, { text, visitor, place });
      if (place === 'stored' && /bot/i.test(String(event.user_agent))) this.figures.bots += 1;
      return place;
    }
    if (known.text === text) return 'duplicate';
    if (this.#contested.has(text)) return 'duplicate';
    this.#contested.set(text, { text, visitor, place: 'quarantined' });
    return 'quarantined';
  }

  /** Events that are turned away at the door. */
  refuse(code: string, events = 1): void {
    this.figures.received += events;
    this.figures.refused += events;
    this.figures.refusals[code] = (this.figures.refusals[code] ?? 0) + events;
  }

  /** Visitors of the events that were sent. */
  get visitors(): readonly string[] {
    return [...new Set([...this.#known.values()].map(({ visitor }) => String(visitor)))];
  }

  /** All of these visitors is erased, and whatever comes of them later. */
  erase(visitors: readonly string[]): void {
    for (const visitor of visitors) this.#erased.add(visitor);
    for (const event of [...this.#known.values(), ...this.#contested.values()]) {
      if (event.place === 'erased' || !this.#erased.has(event.visitor)) continue;
      this.figures[event.place] -= 1;
      this.figures.erased += 1;
      event.place = 'erased';
    }
    // Nobody knows these any more: the same again is in quarantine again.
    for (const [text, { place }] of this.#contested) if (place === 'erased') this.#contested.delete(text);
  }
}
