import {
  appendFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { MetricReference } from './dashboard-body.ts';
import { CLOSED, type DataPoint, dataPoint, METRICS_FOLDER, MINUTE, metricKey, OPEN } from './data-point.ts';
import { Distribution } from './distribution.ts';

const FLUSH_MS = 5_000;
const HOUR = 60 * MINUTE;
/** Hours that are kept beside the one under way: a day, as long as anybody looks back on a laptop. */
const KEPT_HOURS = 24;
/** The variables by which a process of the stack learns where to record, and as whom. */
export const recorderVariables = {
  directory: 'ONEVAULT_METRICS_DIRECTORY',
  process: 'ONEVAULT_METRICS_PROCESS',
};

/** Takes measurements as AWS's services report theirs to CloudWatch. */
export interface Recorder {
  record(metric: MetricReference, value: number): void;
}

/** Something that is measured from time to time. */
export interface Watch {
  /** Measures now. */
  sample(): Promise<void>;
  stop(): void;
}

/** For a process of which nobody asked to record. */
export const noRecorder: Recorder = { record: () => undefined };

interface Measured {
  readonly metric: MetricReference;
  readonly distribution: Distribution;
}

/**
 * Records a process's measurements in a directory: one point a minute for each metric, and a day of them. They are gathered in
 * memory and written every few seconds, so that recording costs the process next to nothing.
 */
export class FileRecorder implements Recorder {
  readonly #directory: string;
  readonly #process: string;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #minute: number;
  #measured = new Map<string, Measured>();

  constructor(directory: string, processName: string, now: () => number = Date.now) {
    this.#directory = directory;
    this.#process = processName;
    this.#now = now;
    this.#minute = this.#currentMinute();
    mkdirSync(directory, { recursive: true });
    this.#closeWhatWasLeft();
    this.#timer = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  record(metric: MetricReference, value: number): void {
    if (this.#currentMinute() !== this.#minute) this.#closeMinute();
    const key = metricKey(metric);
    let measured = this.#measured.get(key);
    if (measured === undefined) {
      measured = { metric, distribution: new Distribution() };
      this.#measured.set(key, measured);
    }
    measured.distribution.add(value);
  }

  /** Writes down what the minute has brought so far. */
  flush(): void {
    if (this.#currentMinute() !== this.#minute) this.#closeMinute();
    else this.#writeOpen(this.#points());
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  #currentMinute(): number {
    return Math.floor(this.#now() / MINUTE) * MINUTE;
  }

  #points(): DataPoint[] {
    return [...this.#measured.values()].map(({ metric, distribution }) => ({
      minute: this.#minute,
      ...metric,
      distribution: distribution.toJSON(),
    }));
  }

  #closeMinute(): void {
    this.#append(this.#points());
    this.#writeOpen([]);
    this.#measured = new Map();
    this.#minute = this.#currentMinute();
  }

  /** A process that was killed leaves its last minute open. */
  #closeWhatWasLeft(): void {
    try {
      const left = dataPoint.array().parse(JSON.parse(readFileSync(this.#file(OPEN), 'utf8')));
      this.#append(left);
    } catch {
      // There is none, or it was cut off.
    }
    this.#writeOpen([]);
  }

  #writeOpen(points: readonly DataPoint[]): void {
    const temporary = this.#file('.tmp');
    writeFileSync(temporary, JSON.stringify(points));
    renameSync(temporary, this.#file(OPEN));
  }

  #append(points: readonly DataPoint[]): void {
    const [first] = points;
    if (first === undefined) return;
    const file = this.#file(`.${Math.floor(first.minute / HOUR)}${CLOSED}`);
    appendFileSync(file, points.map((point) => `${JSON.stringify(point)}\n`).join(''));
    this.#forgetOldHours();
  }

  #forgetOldHours(): void {
    const oldest = Math.floor(this.#now() / HOUR) - KEPT_HOURS;
    for (const name of globSync(`${this.#process}.*${CLOSED}`, { cwd: this.#directory })) {
      const hour = Number(name.slice(this.#process.length + 1, -CLOSED.length));
      if (hour < oldest) rmSync(path.join(this.#directory, name), { force: true });
    }
  }

  #file(ending: string): string {
    return path.join(this.#directory, `${this.#process}${ending}`);
  }
}

/** What a process of the stack is started with, so that {@link processRecorder} finds its place. */
export function recorderEnvironment(dataDirectory: string, processName: string): Record<string, string> {
  return {
    [recorderVariables.directory]: path.join(dataDirectory, METRICS_FOLDER),
    [recorderVariables.process]: processName,
  };
}

/** The recorder of this process; one that forgets where the stack did not say where to record. */
export function processRecorder(): Recorder & { close(): void } {
  const directory = process.env[recorderVariables.directory];
  const name = process.env[recorderVariables.process];
  if (directory === undefined || name === undefined) return { ...noRecorder, close: () => undefined };
  return new FileRecorder(directory, name);
}
