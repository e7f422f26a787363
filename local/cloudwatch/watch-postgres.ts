import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import pg from 'pg';
import * as z from 'zod';
import type { Recorder, Watch } from './recorder.ts';
import { clusterMetric, writerMetric } from './service-metrics.ts';

const SAMPLE_MS = 15_000;
/** The kernel counts processor time in hundredths of a second, whatever its own clock is. */
const TICKS_A_SECOND = 100;

const counters = z.tuple([
  z.object({
    connections: z.coerce.number(),
    deadlocks: z.coerce.number(),
    commits: z.coerce.number(),
    bytes: z.coerce.number(),
  }),
]);

// The connection that asks is not one of the functions'.
const question = `
  SELECT
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS connections,
    sum(deadlocks) AS deadlocks,
    sum(xact_commit) AS commits,
    (SELECT sum(pg_database_size(oid)) FROM pg_database) AS bytes
  FROM pg_stat_database`;

interface Sample {
  readonly at: number;
  readonly deadlocks: number;
  readonly commits: number;
  readonly processorSeconds: number | undefined;
}

/** Records what RDS reports of a cluster, as far as a Postgres without Aurora has it. */
export function watchPostgres(connection: pg.ClientConfig, serverPid: number, recorder: Recorder): Watch {
  let before: Sample | undefined;

  async function sample(): Promise<void> {
    const client = new pg.Client(connection);
    await client.connect();
    try {
      const [{ connections, bytes, ...totals }] = counters.parse((await client.query(question)).rows);
      recorder.record(writerMetric('DatabaseConnections'), connections);
      recorder.record(clusterMetric('VolumeBytesUsed'), bytes);
      const now = { ...totals, at: performance.now(), processorSeconds: processorSecondsOf(serverPid) };
      if (before !== undefined) recordRates(before, now);
      before = now;
    } finally {
      await client.end();
    }
  }

  function recordRates(earlier: Sample, now: Sample): void {
    const seconds = (now.at - earlier.at) / 1_000;
    recorder.record(clusterMetric('Deadlocks'), (now.deadlocks - earlier.deadlocks) / seconds);
    recorder.record(writerMetric('CommitThroughput'), (now.commits - earlier.commits) / seconds);
    if (now.processorSeconds === undefined || earlier.processorSeconds === undefined) return;
    // Between the end of a backend and the moment when its parent takes notice, its time is missing.
    const busy = Math.max(0, now.processorSeconds - earlier.processorSeconds);
    const share = (100 * busy) / seconds / availableParallelism();
    recorder.record(writerMetric('CPUUtilization'), Math.min(100, share));
  }

  const timer = setInterval(() => {
    sample().catch((error) => console.error(`Postgres was not measured: ${error}`));
  }, SAMPLE_MS).unref();
  return { sample, stop: () => clearInterval(timer) };
}

/**
 * Processor time of the server and its children, those that have ended included; undefined where the system has no `/proc`.
 */
function processorSecondsOf(serverPid: number): number | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  let ticks = 0;
  for (const pid of names) {
    const fields = statOf(pid);
    const isServer = pid === String(serverPid);
    if (!isServer && fields[1] !== String(serverPid)) continue;
    // utime and stime are the 14th and 15th fields; the server's next two are those of its children that have ended.
    const own = fields.slice(11, isServer ? 15 : 13);
    ticks += own.reduce((sum, each) => sum + Number(each), 0);
  }
  return ticks / TICKS_A_SECOND;
}

/** The fields after the name, which stands in parentheses and may hold blanks: state, parent and so on. */
function statOf(pid: string): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It ended between the listing and the reading.
    return [];
  }
}
