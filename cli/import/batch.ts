import { limits } from '../../lambdas/event/limits.ts';
import { EVENT_TYPES, type EventType } from './classify.ts';
import { Ledger } from './ledger.ts';

const ENVELOPE: readonly [string, string] = ['{"events":[', ']}'];

/** Consecutive lines of the log and the events among them that go out in one request. */
export class Batch {
  readonly types: EventType[] = [];
  /** Line number of each event, from 1. */
  readonly lineNumbers: number[] = [];
  /** Holds what is known of these lines so far; the answer to the request completes it. */
  readonly ledger = new Ledger();
  readonly #events: string[] = [];
  #bytes = ENVELOPE.join('').length;

  get size(): number {
    return this.#events.length;
  }

  /** Whether an event of that many bytes goes in as well. */
  hasRoom(eventBytes: number, maxEvents: number): boolean {
    return this.size < maxEvents && this.#bytes + eventBytes + 1 <= limits.bodyBytes;
  }

  add(event: string, eventBytes: number, type: EventType, lineNumber: number): void {
    this.#events.push(event);
    this.types.push(type);
    this.lineNumbers.push(lineNumber);
    this.#bytes += eventBytes + 1;
  }

  /** The request body. */
  body(): string {
    return ENVELOPE[0] + this.#events.join(',') + ENVELOPE[1];
  }
}

/** The first few rejected lines, for the report. */
export class RejectedLines {
  readonly #limit = 5;
  readonly #lines: { readonly line: number; readonly reason: string }[] = [];

  note(line: number, reason: string): void {
    if (this.#lines.length < this.#limit) this.#lines.push({ line, reason });
  }

  toString(): string {
    return this.#lines.map(({ line, reason }) => `line ${line}: ${reason}\n`).join('');
  }
}

/** The types an import leaves out, from `--only` and `--skip`. */
export function skippedTypes(
  only: readonly EventType[] | undefined,
  skip: readonly EventType[],
): EventType[] {
  return EVENT_TYPES.filter((type) => skip.includes(type) || (only !== undefined && !only.includes(type)));
}
