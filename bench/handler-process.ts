// Runs one handler in a process of its own, as an execution environment does, and says what each invocation cost it.
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import * as z from 'zod';

const [entry = ''] = process.argv.slice(2);
const events = z.array(z.unknown());
const module = z.object({
  handler: z.custom<(event: unknown, context: object) => unknown>((value) => typeof value === 'function'),
});

let queries = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = new Proxy(query, {
  apply(target, client, parameters) {
    queries += 1;
    return Reflect.apply(target, client, parameters);
  },
});

const { handler } = module.parse(await import(pathToFileURL(entry).href));
const context = {
  awsRequestId: '00000000-0000-4000-8000-000000000000',
  functionName: 'bench',
  memoryLimitInMB: '1024',
  getRemainingTimeInMillis: () => 20_000,
};

process.on('message', async (message) => {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const before = queries;
  const answers: unknown[] = [];
  for (const event of events.parse(message)) answers.push((await handler(event, context)) ?? null);
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({
    answers,
    cpuMicroseconds: user + system,
    milliseconds: performance.now() - begin,
    queries: queries - before,
  });
});
process.send?.('ready');
