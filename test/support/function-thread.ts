import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';

const thread = path.join(import.meta.dirname, 'recorded-thread.ts');
const lambdas = path.join(import.meta.dirname, '..', '..', 'lambdas');
const threadMessage = z.union([
  z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() }),
  z.object({ id: z.string(), answer: z.string().optional(), error: z.string().optional() }),
]);
const line = z.record(z.string(), z.unknown());

/** A function of the product in a thread of its own, as the local stack runs it, with all that it writes. */
export function startFunction(name: string, environment: Record<string, string>) {
  const worker = new Worker(thread, {
    env: environment,
    workerData: { name, entry: path.join(lambdas, `${name}.ts`), memoryMb: 512 },
  });
  const waiting = new Map<string, PromiseWithResolvers<string | undefined>>();
  const written = { stdout: '', stderr: '' };
  worker.on('error', (error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  worker.on('message', (raw) => {
    const message = threadMessage.parse(raw);
    if ('stream' in message) {
      written[message.stream] += message.text;
      return;
    }
    const { id, answer, error } = message;
    if (error === undefined) waiting.get(id)?.resolve(answer);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  return {
    /** The handler's answer. @throws Error with what the handler threw. */
    async invoke(event: unknown, { milliseconds = 20_000 } = {}): Promise<unknown> {
      const id = randomUUID();
      const outcome = Promise.withResolvers<string | undefined>();
      waiting.set(id, outcome);
      worker.postMessage({ id, event: JSON.stringify(event), deadline: Date.now() + milliseconds });
      const answer = await outcome.promise;
      return answer === undefined ? undefined : JSON.parse(answer);
    },
    /** Ends the thread and gives what it wrote: to standard output line by line, and to standard error. */
    async stop() {
      await worker.terminate();
      const lines = written.stdout.split('\n').slice(0, -1);
      return { lines: lines.map((text) => line.parse(JSON.parse(text))), complaints: written.stderr };
    },
  };
}
