// The local stack's thread of a function, with all that it writes told to whoever started it, in order with its answers: the
// streams of a thread are lost when it ends.
import { parentPort } from 'node:worker_threads';

for (const stream of ['stdout', 'stderr'] as const) {
  process[stream].write = (text: string | Uint8Array) => {
    parentPort?.postMessage({ stream, text: String(text) });
    return true;
  };
}
await import('../../local/processes/function-thread.ts');
