import type { WriteStream } from 'node:tty';
import { figure } from '../table.ts';

const TERMINAL_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 10_000;
const BAR_WIDTH = 20;
const NARROWEST_TERMINAL = 40;

/** Shows how far a replay is, on standard error: one rewritten line on a terminal, a line now and then elsewhere. */
export class ReplayProgress {
  readonly #out: WriteStream;
  readonly #quiet: boolean;
  #timer: NodeJS.Timeout | undefined;
  #step = '';
  #total = 0;
  #done = 0;
  #began = 0;
  #lineShown = false;

  constructor(out: WriteStream, quiet: boolean) {
    this.#out = out;
    this.#quiet = quiet;
  }

  /** Begins a step of so many events. */
  begin(step: string, total: number): void {
    this.end();
    this.#step = step;
    this.#total = total;
    this.#done = 0;
    this.#began = performance.now();
    if (this.#quiet) return;
    const interval = this.#out.isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS;
    this.#timer = setInterval(() => this.#show(), interval).unref();
  }

  /** Counts events that are done with. */
  add(events: number): void {
    this.#done += events;
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
    const seconds = (performance.now() - this.#began) / 1_000;
    const line = progressLine(this.#step, this.#done, this.#total, seconds);
    if (!this.#out.isTTY) {
      this.#out.write(`${line}\n`);
      return;
    }
    const columns = Math.max(NARROWEST_TERMINAL, this.#out.columns || 80);
    this.#out.write(`\r\x1b[2K${line.slice(0, columns - 1)}`);
    this.#lineShown = true;
  }

  #clear(): void {
    if (this.#lineShown) this.#out.write('\r\x1b[2K');
    this.#lineShown = false;
  }
}

/** How far a step is, in one line. Events that arrived meanwhile may make it more than was counted. */
export function progressLine(step: string, done: number, total: number, seconds: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
  const rate = Math.round(done / Math.max(seconds, 0.001));
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${step} · ${figure(done)} of ${figure(total)} events · ${figure(rate)}/s`;
}
