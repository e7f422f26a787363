import { hash } from 'node:crypto';

/** Distinct lines after which a repetition may be taken for the first; twice as many are kept, in about 15 MB. */
export const OCCURRENCE_WINDOW = 50_000;

/**
 * Counts how often an identical line came before.
 *
 * Identical lines carry the same second, so they stand close together; only the last distinct lines are remembered, and
 * a log of any size is counted in bounded memory. A repetition that stands further apart than the window may get the
 * same id again and is then stored once.
 */
export class Occurrences {
  // Two generations instead of one map that drops its oldest key: finding that key costs more the more were dropped.
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  readonly #window: number;

  constructor(window: number = OCCURRENCE_WINDOW) {
    this.#window = window;
  }

  /** How many identical lines came before this one. */
  next(line: Buffer): number {
    const key = hash('sha1', line, 'binary');
    const before = this.#young.get(key) ?? this.#old.get(key) ?? 0;
    this.#young.set(key, before + 1);
    if (this.#young.size >= this.#window) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    return before;
  }
}

/**
 * The id of an entry: UUIDv7 whose time is the entry's (so ids sort like the log), and whose other 74 bits come from
 * the line, so the same file gives the same ids every time.
 * @param time milliseconds since 1970
 * @param occurrence identical lines before this one
 */
export function eventId(line: Buffer, time: number, occurrence: number): string {
  const digest = hash('sha256', Buffer.concat([line, Buffer.from(`\n${occurrence}`)]), 'buffer');
  const id = digest.subarray(0, 16);
  id.writeUIntBE(time, 0, 6);
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x70, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = id.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
