import type { RejectedLines } from './batch.ts';
import { Batch } from './batch.ts';
import { classify, type EventType } from './classify.ts';
import { eventJson, SITE_SAMPLE_LINES, siteFromReferrers } from './event.ts';
import { eventId, Occurrences } from './event-id.ts';
import { parseLogLine } from './log-line.ts';
import type { RawLine } from './reader.ts';

// Lines that become no event still move the ledger on; this many at the latest close a batch.
const MAX_BATCH_LINES = 50_000;
// A file that is no log at all must not be held in memory until enough of its lines were parsed.
const MAX_HELD_LINES = 20 * SITE_SAMPLE_LINES;

/** Turns lines into batches of events; every line is counted in exactly one batch. */
export class Batcher {
  readonly #site: string;
  readonly #maxEvents: number;
  readonly #skipped: ReadonlySet<EventType>;
  readonly #rejectedLines: RejectedLines;
  readonly #occurrences = new Occurrences();
  readonly #linesDone: number;
  #lineNumber = 0;
  #batch = new Batch();

  constructor(options: {
    readonly site: string;
    readonly maxEvents: number;
    readonly skippedTypes: readonly EventType[];
    readonly rejectedLines: RejectedLines;
    /** Lines from the start that an earlier run answered for; they only count as occurrences. */
    readonly linesDone: number;
  }) {
    this.#site = options.site;
    this.#maxEvents = options.maxEvents;
    this.#skipped = new Set(options.skippedTypes);
    this.#rejectedLines = options.rejectedLines;
    this.#linesDone = options.linesDone;
  }

  /** Takes the next line; returns the batch before it when that one is full. */
  push(line: RawLine): Batch | undefined {
    this.#lineNumber += 1;
    if (this.#lineNumber <= this.#linesDone) {
      if (line !== undefined && !isBlank(line)) this.#occurrences.next(line);
      return undefined;
    }
    const full = this.#batch.ledger.lines >= MAX_BATCH_LINES ? this.finish() : undefined;
    if (line === undefined) this.#reject('line_too_long');
    else if (isBlank(line)) this.#batch.ledger.skip('blank_line');
    else return this.#pushEntry(line) ?? full;
    this.#batch.ledger.lines += 1;
    return full;
  }

  /** The lines since the last full batch. */
  finish(): Batch {
    const batch = this.#batch;
    this.#batch = new Batch();
    return batch;
  }

  #pushEntry(bytes: Buffer): Batch | undefined {
    const occurrence = this.#occurrences.next(bytes);
    const entry = parseLogLine(bytes.toString('latin1'));
    const type = entry && classify(entry);
    let full: Batch | undefined;
    if (entry === undefined || type === undefined) this.#reject('malformed_line');
    else if (this.#skipped.has(type)) this.#batch.ledger.skip(type);
    else {
      const event = eventJson(eventId(bytes, entry.time, occurrence), type, entry, this.#site);
      const eventBytes = Buffer.byteLength(event);
      if (!this.#batch.hasRoom(eventBytes, this.#maxEvents)) full = this.finish();
      this.#batch.add(event, eventBytes, type, this.#lineNumber);
    }
    this.#batch.ledger.lines += 1;
    return full;
  }

  #reject(reason: string): void {
    this.#batch.ledger.reject(reason);
    this.#rejectedLines.note(this.#lineNumber, reason);
  }
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || line.toString('latin1').trim() === '';
}

/** Reads ahead far enough to tell the site from the referrers; `held` are the lines read, still to be imported. */
export async function sampleSite(
  groups: AsyncGenerator<RawLine[]>,
): Promise<{ readonly site: string; readonly held: RawLine[] }> {
  const held: RawLine[] = [];
  const referrers: string[] = [];
  let parsed = 0;
  while (parsed < SITE_SAMPLE_LINES && held.length < MAX_HELD_LINES) {
    const group = await groups.next();
    if (group.done) break;
    for (const line of group.value) {
      held.push(line);
      const entry = line && parsed < SITE_SAMPLE_LINES ? parseLogLine(line.toString('latin1')) : undefined;
      if (entry === undefined) continue;
      parsed += 1;
      if (entry.referrer !== undefined) referrers.push(entry.referrer);
    }
  }
  return { site: siteFromReferrers(referrers), held };
}
