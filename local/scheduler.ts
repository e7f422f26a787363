import type { Outcome } from './function-host.ts';
import { matchesMinute, type ScheduleExpression } from './schedule-expression.ts';

const minuteMs = 60_000;
/** A timer may fire a moment early; so late after the full minute it is surely in it. */
const afterMinuteMs = 50;
const retryPause = { firstMs: 1_000, longestMs: 60_000 };

export interface Job {
  name: string;
  expression: ScheduleExpression;
  retryAttempts: number;
  eventAgeMs: number;
  invoke(): Promise<Outcome>;
}

/**
 * Runs jobs when their schedules say so; a job that is still running is not started a second time. A rate fires at
 * once when the scheduler starts, as it does when a schedule is created in AWS.
 */
export class Scheduler {
  readonly #jobs: Job[];
  readonly #stop = new AbortController();
  readonly #running = new Map<Job, Promise<void>>();

  constructor(jobs: Job[]) {
    this.#jobs = jobs;
  }

  start(): void {
    for (const job of this.#jobs) void this.#follow(job);
  }

  /** Starts nothing more and waits for what runs. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  async #follow(job: Job): Promise<void> {
    const { expression } = job;
    while (!this.#stop.signal.aborted) {
      const now = Date.now();
      if (expression.kind === 'rate' || matchesMinute(expression, new Date(now))) this.#fire(job);
      await this.#pause(
        expression.kind === 'rate' ? expression.everyMs : minuteMs - (now % minuteMs) + afterMinuteMs,
      );
    }
  }

  #fire(job: Job): void {
    if (this.#running.has(job)) {
      console.error(`${job.name} is still running; this turn is left out.`);
      return;
    }
    const work = this.#attempt(job).finally(() => this.#running.delete(job));
    this.#running.set(job, work);
  }

  async #attempt(job: Job): Promise<void> {
    const firedAt = Date.now();
    let pause = retryPause.firstMs;
    for (let attempt = 0; attempt <= job.retryAttempts && !this.#stop.signal.aborted; attempt++) {
      const outcome = await job.invoke();
      if (outcome.kind === 'answered') return;
      console.error(
        `${job.name}: ${outcome.kind}${outcome.kind === 'failed' ? ` (${outcome.message})` : ''}`,
      );
      if (Date.now() + pause - firedAt > job.eventAgeMs) return;
      await this.#pause(pause);
      pause = Math.min(pause * 2, retryPause.longestMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const { signal } = this.#stop;
    const wake = () => resolve();
    signal.addEventListener('abort', wake);
    await promise;
    signal.removeEventListener('abort', wake);
    clearTimeout(timer);
  }
}
