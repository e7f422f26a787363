import { readFileSync } from 'node:fs';
import pg from 'pg';
import * as z from 'zod';
import { startStack } from '../test/support/stack.ts';
import { provisionTenants, send } from './load.ts';
import { closeLedger, untilDrained } from './vault-watch.ts';

const TENANTS = 4;
const RATE = 4_000;
const SECONDS = 150;
const BATCH = 100;
const CONNECTIONS = 8;
const SAMPLE_MILLISECONDS = 5_000;
const DRAIN_LIMIT = 60_000;

const backlog = z.object({ oldest_seconds: z.coerce.number() });
const conflicts = z.object({ deadlocks: z.coerce.number() });

/** Resident memory of a process in MiB, as Linux tells it; 0 elsewhere. */
function residentMemory(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** A steady load for minutes: whether the backlog grows, memory climbs or loaders get in each other's way. */
export async function benchSoak(): Promise<void> {
  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 3 });
  const memory = new Map<string, number[]>();
  let oldest = 0;
  const sample = async (): Promise<void> => {
    for (const [name, pid] of Object.entries(stack.pids())) {
      memory.set(name, [...(memory.get(name) ?? []), residentMemory(pid)]);
    }
    const { rows } = await pool.query(
      'SELECT coalesce(extract(epoch FROM now() - min(received_timestamp)), 0) AS oldest_seconds FROM raw.pending_requests',
    );
    oldest = Math.max(oldest, backlog.parse(rows[0]).oldest_seconds);
  };
  try {
    const tenants = await provisionTenants(pool, TENANTS);
    const timer = setInterval(() => void sample(), SAMPLE_MILLISECONDS);
    const sent = await send({
      url: stack.url,
      tenants,
      seed: 1,
      events: RATE * SECONDS,
      batchSize: BATCH,
      connections: CONNECTIONS,
      rate: RATE,
    });
    clearInterval(timer);
    await untilDrained(pool, DRAIN_LIMIT);
    await closeLedger(pool, [sent]);
    const { rows } = await pool.query(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    const rate = Math.round((sent.events / sent.milliseconds) * 1_000);
    const lines = [
      `${sent.events.toLocaleString('en')} events at ${rate.toLocaleString('en')} a second for ${SECONDS} s; the ledger closes.`,
      `oldest pending request ${oldest.toFixed(1)} s, deadlocks ${conflicts.parse(rows[0]).deadlocks}`,
      'resident memory, MiB, first third and last third of the run:',
      ...[...memory].map(([name, samples]) => {
        const third = Math.ceil(samples.length / 3);
        const most = (part: readonly number[]) => Math.round(Math.max(...part));
        return `  ${name.padEnd(10)} ${most(samples.slice(0, third))} → ${most(samples.slice(-third))}`;
      }),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await pool.end();
    await stack.stop();
  }
}
