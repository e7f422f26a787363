import pg from 'pg';
import * as z from 'zod';
import type { ProvisionedTenant } from '../lambdas/tenancy/provision.ts';
import { startStack } from '../test/support/stack.ts';
import { createEventStream } from './event-stream.ts';
import { provisionTenants, type Sent, send, type TakenBatch } from './load.ts';
import { quantile } from './statistics.ts';
import { closeLedger, untilDrained, watchArrivals } from './vault-watch.ts';

const CALLS = 300;
const CONNECTIONS = 50;
const SINGLE_EVENTS = 20_000;
const QUIET_EVENTS = 150;
const QUIET_RATE = 10;
const NOISY_EVENTS = 60_000;
const DRAIN_LIMIT = 120_000;

const answered = z.object({ processing: z.string() });

const timesOf = (samples: readonly number[]): string =>
  `p50 ${quantile(samples, 0.5).toFixed(1)} ms, p99 ${quantile(samples, 0.99).toFixed(1)} ms`;

/** Milliseconds of single calls one after the other, and how many said that their event was processed inside the call. */
async function callOneByOne(url: string, path: string, tenant: ProvisionedTenant, seed: number) {
  const next = createEventStream(seed, Date.now);
  const milliseconds: number[] = [];
  let inline = 0;
  for (let call = 0; call < CALLS; call += 1) {
    const begin = performance.now();
    const response = await fetch(url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tenant.tokens.secret}`,
        'x-customer-id': tenant.id,
        'content-type': 'application/json',
      },
      body: JSON.stringify(next()),
    });
    const { processing } = answered.parse(await response.json());
    milliseconds.push(performance.now() - begin);
    if (processing === 'automatic') inline += 1;
  }
  return { milliseconds, inline };
}

/** What a caller waits for: stored at once, processed inside the call, and one tenant's wait while another sends all it can. */
export async function benchCalls(): Promise<void> {
  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 3 });
  try {
    const [quiet, noisy, ...others] = await provisionTenants(pool, 4);
    if (quiet === undefined || noisy === undefined) throw new Error('There are no tenants to call for.');
    const common = { url: stack.url, batchSize: 1 };
    const all: Sent[] = [];

    await callOneByOne(stack.url, '/api/v1/track', quiet, 1);
    const stored = await callOneByOne(stack.url, '/api/v1/track/async', quiet, 2);
    const processed = await callOneByOne(stack.url, '/api/v1/track', quiet, 3);
    await untilDrained(pool, DRAIN_LIMIT);

    const single = await send({
      ...common,
      tenants: others,
      seed: 50,
      events: SINGLE_EVENTS,
      connections: CONNECTIONS,
    });
    await untilDrained(pool, DRAIN_LIMIT);
    all.push(single);

    const listen = async (seed: number): Promise<number[]> => {
      const batches: TakenBatch[] = [];
      const endWatch = watchArrivals(pool, batches);
      await send({
        ...common,
        tenants: [quiet],
        seed,
        events: QUIET_EVENTS,
        connections: 1,
        rate: QUIET_RATE,
        onBatch: (batch) => batches.push(batch),
      });
      return endWatch();
    };
    const alone = await listen(70);
    const [beside, noise] = await Promise.all([
      listen(80),
      send({
        url: stack.url,
        tenants: [noisy],
        seed: 90,
        events: NOISY_EVENTS,
        batchSize: 100,
        connections: 4,
      }),
    ]);
    await untilDrained(pool, DRAIN_LIMIT);
    await closeLedger(pool, [...all, noise]);

    process.stdout.write(
      [
        `one call at a time, one event each, ${CALLS} calls; everything on this machine`,
        `  stored, processed later       ${timesOf(stored.milliseconds)}`,
        `  stored and processed inside   ${timesOf(processed.milliseconds)}; ${processed.inline} of ${CALLS} inside the call`,
        `${CONNECTIONS} connections, one event a call: ${Math.round((single.events / single.milliseconds) * 1_000).toLocaleString('en')} events/s answered`,
        `a tenant with ${QUIET_RATE} events a second, 2xx to vault`,
        `  alone                         ${timesOf(alone)}`,
        `  beside ${Math.round((noise.events / noise.milliseconds) * 1_000).toLocaleString('en')} events/s of another  ${timesOf(beside)}`,
        '',
      ].join('\n'),
    );
  } finally {
    await pool.end();
    await stack.stop();
  }
}
