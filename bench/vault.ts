import pg from 'pg';
import * as z from 'zod';
import { takeSnapshots } from '../lambdas/lifecycle/snapshots.ts';
import { databaseRoles } from '../lambdas/platform/database-roles.ts';
import { builtInConfigOf } from '../lib/environments.ts';
import { roleUrl } from '../local/database-login.ts';
import { createTenant, silent } from '../test/support/pipeline.ts';
import { startStack } from '../test/support/stack.ts';
import { createEventStream } from './event-stream.ts';
import { median, spread } from './statistics.ts';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const BATCH = 1_000;
const REQUESTS_PER_TRANSACTION = builtInConfigOf('prod').processing.eventsPerTransaction / BATCH;
/** Batches that are landed and staged before they are loaded: only the loading is measured. */
const BATCHES_PER_ROUND = 20;

const size = z.object({ name: z.string(), bytes: z.coerce.number() });
const position = z.object({ bytes: z.coerce.number() });

async function walPosition(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query("SELECT pg_current_wal_lsn() - '0/0' AS bytes");
  return position.parse(rows[0]).bytes;
}

/** Bytes on disk of every table of raw, vault and marts with its indexes, largest first. */
async function storage(pool: pg.Pool): Promise<z.infer<typeof size>[]> {
  const { rows } = await pool.query(
    `SELECT namespace.nspname || '.' || coalesce(parent.relname, relation.relname) AS name,
            sum(pg_total_relation_size(relation.oid)) AS bytes
     FROM pg_class AS relation
     JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
     LEFT JOIN pg_inherits ON pg_inherits.inhrelid = relation.oid
     LEFT JOIN pg_class AS parent ON parent.oid = pg_inherits.inhparent
     WHERE namespace.nspname IN ('raw', 'staging', 'business', 'analytics') AND relation.relkind = 'r'
     GROUP BY 1
     ORDER BY 2 DESC`,
  );
  return z.array(size).parse(rows);
}

interface Loading {
  readonly milliseconds: number[];
  walBytes: number;
}

async function loadAll(pool: pg.Pool, loader: pg.Pool, openSessions: number): Promise<Loading> {
  const tenant = await createTenant(pool, 'vault', { ingest: pool, loader });
  const next = createEventStream(7, Date.now, openSessions);
  const loading: Loading = { milliseconds: [], walBytes: 0 };
  for (let made = 0; made < EVENTS; made += BATCH * BATCHES_PER_ROUND) {
    const ids: string[] = [];
    for (let batch = 0; batch < BATCHES_PER_ROUND; batch += 1) {
      const { pending } = await tenant.land(Array.from({ length: BATCH }, next));
      ids.push(...pending.map(({ requestId }) => requestId));
    }
    await tenant.stage(ids);
    const before = await walPosition(pool);
    for (let first = 0; first < ids.length; first += REQUESTS_PER_TRANSACTION) {
      const begin = performance.now();
      await tenant.load(ids.slice(first, first + REQUESTS_PER_TRANSACTION));
      loading.milliseconds.push(performance.now() - begin);
    }
    loading.walBytes += (await walPosition(pool)) - before;
  }
  return loading;
}

const figure = (value: number): string => Math.round(value).toLocaleString('en');

/** Loads staged events into the vault with one worker: speed, WAL, bytes on disk, and whether history makes batches slower. */
export async function benchVault(): Promise<void> {
  for (const openSessions of [1, 2_000]) {
    const stack = await startStack();
    const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 1 });
    const loader = new pg.Pool({
      connectionString: roleUrl(stack.databaseUrl, databaseRoles.loader),
      max: 1,
    });
    try {
      const { milliseconds, walBytes } = await loadAll(pool, loader, openSessions);
      const tenth = Math.max(1, Math.floor(milliseconds.length / 10));
      const seconds = milliseconds.reduce((sum, each) => sum + each, 0) / 1_000;
      const begin = performance.now();
      await takeSnapshots(pool, silent, new Date(Date.now() + 2 * 60 * 60 * 1_000));
      const closing = performance.now() - begin;
      await pool.query('VACUUM');
      const tables = await storage(pool);
      process.stdout.write(
        `${figure(EVENTS)} events, transactions of ${figure(BATCH * REQUESTS_PER_TRANSACTION)}, one worker, ${figure(openSessions)} sessions open at a time
  staging to vault   ${figure(EVENTS / seconds)} events/s, ${figure(walBytes / EVENTS)} bytes of WAL an event
  a transaction      ${spread(milliseconds, 'ms')}; first tenth ${median(milliseconds.slice(0, tenth)).toFixed(1)} ms, last tenth ${median(milliseconds.slice(-tenth)).toFixed(1)} ms
  closing            ${figure(closing)} ms for all sessions and snapshots
  on disk            ${figure(tables.reduce((sum, { bytes }) => sum + bytes, 0) / EVENTS)} bytes an event
${tables
  .filter(({ bytes }) => bytes / EVENTS >= 1)
  .map(({ name, bytes }) => `    ${name.padEnd(40)} ${figure(bytes / EVENTS).padStart(6)}`)
  .join('\n')}

`,
      );
    } finally {
      await Promise.all([pool.end(), loader.end()]);
      await stack.stop();
    }
  }
}
