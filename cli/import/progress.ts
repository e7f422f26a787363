import type { WriteStream } from 'node:tty';
import { figure } from '../table.ts';

const TERMINAL_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 10_000;
// The whole line fits a terminal of 80 columns.
const BAR_WIDTH = 8;
const NARROWEST_TERMINAL = 40;

/** Where an import stands. */
export interface ProgressFigures {
  /** Lines answered for in this run. */
  readonly lines: number;
  readonly events: number;
  readonly bytesRead: number;
}

/** Shows progress on standard error: one rewritten line on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #out: WriteStream;
  readonly #figures: () => ProgressFigures;
  readonly #totalBytes: number | undefined;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #quiet: boolean;
  #wait: { readonly reason: string; readonly until: number } | undefined;
  #lastWaitLine = Number.NEGATIVE_INFINITY;
  #lineShown = false;

  /** @param totalBytes size of the source; `undefined` when it is not known, which leaves bar and ETA out */
  constructor(
    out: WriteStream,
    totalBytes: number | undefined,
    quiet: boolean,
    figures: () => ProgressFigures,
  ) {
    this.#out = out;
    this.#figures = figures;
    this.#totalBytes = totalBytes;
    this.#quiet = quiet;
    if (!quiet) {
      this.#timer = setInterval(
        () => this.#show(),
        out.isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS,
      ).unref();
    }
  }

  /** Says that sending pauses; off a terminal no more than once in 10 s. */
  waiting(reason: string, ms: number): void {
    const now = performance.now();
    this.#wait = { reason, until: now + ms };
    if (this.#quiet || this.#out.isTTY || now - this.#lastWaitLine < LOG_INTERVAL_MS) return;
    this.#lastWaitLine = now;
    this.#out.write(`${waitText(reason, ms)}\n`);
  }

  /** A line of its own, above the progress line. */
  say(sentence: string): void {
    if (this.#quiet) return;
    this.#clear();
    this.#out.write(`${sentence}\n`);
  }

  /** Ends the display, leaving the terminal's line free. */
  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #show(): void {
    const now = performance.now();
    const wait = this.#wait !== undefined && this.#wait.until > now ? this.#wait : undefined;
    const pause = wait && waitText(wait.reason, wait.until - now);
    const text = progressLine(this.#figures(), (now - this.#started) / 1000, this.#totalBytes, pause);
    if (!this.#out.isTTY) {
      this.#out.write(`${text}\n`);
      return;
    }
    const columns = Math.max(NARROWEST_TERMINAL, this.#out.columns || 80);
    this.#out.write(`\r\x1b[2K${text.slice(0, columns - 1)}`);
    this.#lineShown = true;
  }

  #clear(): void {
    if (this.#lineShown) this.#out.write('\r\x1b[2K');
    this.#lineShown = false;
  }
}

function waitText(reason: string, ms: number): string {
  return `waiting ${(ms / 1000).toFixed(1)} s: ${reason}`;
}

/** The progress of an import in one line; `pause` stands in for the rates while nothing is sent. */
export function progressLine(
  { lines, events, bytesRead }: ProgressFigures,
  seconds: number,
  totalBytes: number | undefined,
  pause?: string,
): string {
  const perSecond = (n: number) => figure(Math.round(n / Math.max(seconds, 0.001)));
  const rates = pause ?? `${perSecond(lines)} lines/s · ${perSecond(events)} events/s`;
  const moving = `${figure(lines)} lines · ${rates}`;
  if (totalBytes === undefined || totalBytes === 0) return moving;
  const share = Math.min(1, bytesRead / totalBytes);
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
  const eta = share > 0 && seconds >= 1 ? clock((seconds * (1 - share)) / share) : '…';
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} % ETA ${eta} · ${moving}`;
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
