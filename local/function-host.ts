import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { noRecorder, type Recorder } from './cloudwatch/recorder.ts';
import { lambdaMetric } from './cloudwatch/service-metrics.ts';
import type { FunctionSpec } from './messages.ts';

/** Largest event of a synchronous invocation of Lambda. */
export const largestEventBytes = 6 * 1024 * 1024;

/** How an invocation ended. */
export type Outcome =
  | { kind: 'answered'; value: unknown }
  | { kind: 'failed'; message: string }
  | { kind: 'timed out' }
  | { kind: 'throttled' };

const threadMessage = z.object({
  id: z.string(),
  /** The answer as JSON; absent where the handler returned nothing. */
  answer: z.string().optional(),
  error: z.string().optional(),
});

interface Thread {
  worker: Worker;
  pending: Map<string, (outcome: Outcome) => void>;
}

/**
 * Runs one function from its source as Lambda would: own environment, JSON in and out, time-out, concurrency limit.
 *
 * One thread serves all invocations at once. After a time-out it takes no new ones and is ended when the others are
 * done, as Lambda throws away the sandbox of a function that timed out.
 */
export class FunctionHost {
  readonly #spec: FunctionSpec;
  readonly #recorder: Recorder;
  readonly #threads = new Set<Thread>();
  #current: Thread | undefined;
  #running = 0;

  constructor(spec: FunctionSpec, recorder: Recorder = noRecorder) {
    this.#spec = spec;
    this.#recorder = recorder;
  }

  /** Loads the function's code now instead of at the first invocation. */
  warm(): void {
    this.#thread();
  }

  /** Invokes the function once with an event that is already JSON; never rejects. */
  async invoke(event: string): Promise<Outcome> {
    const isThrottled = this.#running >= this.#spec.concurrency;
    this.#record('Throttles', isThrottled ? 1 : 0);
    if (isThrottled) return { kind: 'throttled' };
    this.#running++;
    this.#record('ConcurrentExecutions', this.#running);
    const begun = performance.now();
    try {
      const outcome = await this.#run(event);
      this.#record('Invocations', 1);
      this.#record('Errors', outcome.kind === 'answered' ? 0 : 1);
      this.#record('Duration', performance.now() - begun);
      return outcome;
    } finally {
      this.#running--;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #record(name: Parameters<typeof lambdaMetric>[0], value: number): void {
    this.#recorder.record(lambdaMetric(name, this.#spec.name), value);
  }

  #run(event: string): Promise<Outcome> {
    const thread = this.#thread();
    const id = randomUUID();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        console.error(`${this.#spec.name}: request ${id} timed out after ${this.#spec.timeoutMs / 1000} s`);
        settle({ kind: 'timed out' });
      }, this.#spec.timeoutMs);
      const settle = (outcome: Outcome) => {
        clearTimeout(timer);
        thread.pending.delete(id);
        if (outcome.kind === 'timed out' && this.#current === thread) this.#current = undefined;
        if (this.#current !== thread && thread.pending.size === 0) void thread.worker.terminate();
        resolve(outcome);
      };
      thread.pending.set(id, settle);
      thread.worker.postMessage({ id, event, deadline: Date.now() + this.#spec.timeoutMs });
    });
  }

  #thread(): Thread {
    if (this.#current !== undefined) return this.#current;
    const { name, entry, memoryMb, environment } = this.#spec;
    const worker = new Worker(new URL('./processes/function-thread.ts', import.meta.url), {
      name,
      env: environment,
      workerData: { name, entry, memoryMb },
    });
    const thread: Thread = { worker, pending: new Map() };
    worker.on('message', (raw) => {
      const { id, answer, error } = threadMessage.parse(raw);
      thread.pending.get(id)?.(
        error === undefined
          ? { kind: 'answered', value: answer === undefined ? undefined : JSON.parse(answer) }
          : { kind: 'failed', message: error },
      );
    });
    worker.once('error', (error) => console.error(error));
    worker.once('exit', (code) => {
      this.#threads.delete(thread);
      if (this.#current === thread) this.#current = undefined;
      for (const settle of [...thread.pending.values()]) {
        settle({ kind: 'failed', message: `the function's process ended with status ${code}` });
      }
    });
    this.#threads.add(thread);
    this.#current = thread;
    return thread;
  }
}
