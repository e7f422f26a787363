import pg from 'pg';
import * as z from 'zod';
import { startStack } from '../test/support/stack.ts';
import { createEventStream } from './event-stream.ts';
import { measureLimit } from './limit.ts';
import { provisionTenants, type Sent, send, type TakenBatch } from './load.ts';
import { quantile, spread } from './statistics.ts';
import { closeLedger, untilDrained, watchArrivals } from './vault-watch.ts';

const TENANTS = 4;
const BATCH = 100;
const CONNECTIONS = 8;
const RUNS = 3;
const EVENTS_PER_RUN = 40_000;
const WARM_UP_EVENTS = 10_000;
const CALM_RATE = 1_000;
const CALM_SECONDS = 15;
const DRAIN_LIMIT = 120_000;

const storage = z.array(z.object({ bytes: z.coerce.number(), wal: z.coerce.number() }));

/** Bytes on disk of raw, staging and vault with their indexes, and the position in the write-ahead log. */
async function readStorage(pool: pg.Pool) {
  await pool.query('VACUUM raw.pending_requests, staging.site_events_staging');
  const { rows } = await pool.query(
    `SELECT
       (
         SELECT sum(pg_total_relation_size(relation.oid))
         FROM pg_class AS relation
         JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
         WHERE namespace.nspname IN ('raw', 'staging', 'business') AND relation.relkind = 'r'
       ) AS bytes,
       pg_current_wal_lsn() - '0/0' AS wal`,
  );
  const [now] = storage.parse(rows);
  if (now === undefined) throw new Error('Postgres did not say how large it is.');
  return now;
}

/** HTTP to vault with everything running: how many, how fresh, how many bytes. */
export async function benchPipeline(): Promise<void> {
  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 3 });
  try {
    const tenants = await provisionTenants(pool, TENANTS);
    const common = { url: stack.url, tenants, batchSize: BATCH, connections: CONNECTIONS };
    const all: Sent[] = [];
    const run = async (seed: number, events: number) => {
      const begin = performance.now();
      const sent = await send({ ...common, seed, events });
      all.push(sent);
      await untilDrained(pool, DRAIN_LIMIT);
      return {
        answered: (sent.events / sent.milliseconds) * 1_000,
        vaulted: (sent.events / (performance.now() - begin)) * 1_000,
      };
    };

    await run(1, WARM_UP_EVENTS);
    const payloads = Array.from({ length: 1_000 }, createEventStream(7, Date.now)).map((event) =>
      JSON.stringify(event),
    );
    const limit = await measureLimit(pool, payloads, 50_000);

    const before = await readStorage(pool);
    const figures: Awaited<ReturnType<typeof run>>[] = [];
    for (let index = 0; index < RUNS; index += 1) figures.push(await run(100 * (index + 1), EVENTS_PER_RUN));
    const after = await readStorage(pool);
    const fresh = all
      .slice(1)
      .reduce((sum, sent) => sum + [...sent.fresh.values()].reduce((a, b) => a + b, 0), 0);

    const calm = { events: CALM_RATE * CALM_SECONDS, rate: CALM_RATE, seed: 9_000 };
    const batches: TakenBatch[] = [];
    const endWatch = watchArrivals(pool, batches);
    const calmSent = await send({ ...common, ...calm, onBatch: (batch) => batches.push(batch) });
    all.push(calmSent);
    const delays = await endWatch();
    await untilDrained(pool, DRAIN_LIMIT);
    await closeLedger(pool, all);

    const answered = figures.map((figure) => figure.answered);
    const vaulted = figures.map((figure) => figure.vaulted);
    const meanBytes =
      payloads.reduce((sum, payload) => sum + Buffer.byteLength(payload), 0) / payloads.length;
    process.stdout.write(
      [
        `Generated events of ${Math.round(meanBytes)} bytes over HTTP, batches of ${BATCH}, ${TENANTS} tenants, ${CONNECTIONS} connections,`,
        `${RUNS} runs of ${EVENTS_PER_RUN.toLocaleString('en')} events; everything on this machine; the ledger closes.`,
        '',
        `answered with 2xx        ${spread(answered, 'events/s')}`,
        `in the vault             ${spread(vaulted, 'events/s')}`,
        `limit of the same run    ${Math.round(limit).toLocaleString('en')} ready rows/s: in the vault ${(quantile(vaulted, 0.5) / limit).toFixed(2)} × the limit`,
        `2xx to vault at ${CALM_RATE}/s   p50 ${Math.round(quantile(delays, 0.5))} ms, p99 ${Math.round(quantile(delays, 0.99))} ms`,
        `on disk                  ${Math.round((after.bytes - before.bytes) / fresh)} bytes an event (raw, registry, vault, indexes)`,
        `write-ahead log          ${Math.round((after.wal - before.wal) / fresh)} bytes an event`,
        '',
      ].join('\n'),
    );
  } finally {
    await pool.end();
    await stack.stop();
  }
}
