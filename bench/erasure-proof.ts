import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import pg from 'pg';
import * as z from 'zod';
import { eraseAgain, readErasedMarks } from '../lambdas/lifecycle/erasure/erase-again.ts';
import { type ErasureCounts, eraseVisitors } from '../lambdas/lifecycle/erasure/erase-visitors.ts';
import { vacuumErased } from '../lambdas/lifecycle/erasure/vacuum.ts';
import { rebuild } from '../lambdas/lifecycle/replay/rebuild.ts';
import { takeSnapshots } from '../lambdas/lifecycle/snapshots.ts';
import { databaseRoles } from '../lambdas/platform/database-roles.ts';
import type { Logger } from '../lambdas/platform/log.ts';
import { migrate, readMigrations } from '../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../lambdas/platform/statement.ts';
import { openRoles, roleUrl } from '../local/database-login.ts';
import { Cluster } from '../scripts/restore/cluster.ts';
import { markedVisit } from '../test/erasure/marked-visitor.ts';
import { totalsOf } from '../test/erasure/totals.ts';
import { brokenChecks } from '../test/support/broken-checks.ts';
import { createTenant } from '../test/support/pipeline.ts';

/** Begins every mark that a visitor leaves; as it stands, and as hexadecimal text. */
const MARK = 'zq7m';
const MARK_IN_HEX = Buffer.from(MARK).toString('hex');
const EVENTS_PER_REQUEST = 1_000;
const DAY = 86_400_000;
const TENANT = 'erasure-proof';

const directoryRow = z.object({ data_directory: z.string() });
const nowRow = z.object({ now: z.string() });

/** What is left of marked visitors: files of a server with a mark in them. */
export interface Proof {
  readonly events: number;
  readonly counts: ErasureCounts;
  readonly seconds: { readonly load: number; readonly erase: number; readonly vacuum: number };
  readonly files: {
    /** Before the erasure: the control that marks are found where they are. */
    readonly before: readonly string[];
    readonly afterVacuum: readonly string[];
    readonly afterReplay: readonly string[];
    /** Of a backup restored to a moment before the erasure: the control, and after erasing again. */
    readonly restored: readonly string[];
    readonly afterErasingAgain: readonly string[];
  };
  /** Lines of the product's log and messages of its queues with a mark in them. */
  readonly said: readonly string[];
  /** Whether totals are those of before: after the erasure, after a replay of everything. */
  readonly sameTotals: { readonly erased: boolean; readonly replayed: boolean };
  readonly broken: readonly string[];
}

/**
 * Loads visitors of whom some leave a mark wherever they can, erases these, and looks for the mark in every byte of the server's files: after
 * a vacuum, after a replay of everything, and after a restore to the moment before.
 */
export async function proveErasure(
  directory: string,
  visitors: number,
  marked: number,
  report: (line: string) => void,
): Promise<Proof> {
  const original = await Cluster.create(directory);
  const clusters = [original];
  const pools: pg.Pool[] = [];
  const open = (url: string): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const said: string[] = [];
  const logger = listening(said);
  try {
    const owner = open(original.url);
    await migrate(owner, readMigrations(migrationsDirectory));
    await openRoles(original.url);
    // A segment of the log that is reused keeps what it held before.
    await owner.query('ALTER SYSTEM SET wal_recycle = off');
    await owner.query("ALTER SYSTEM SET min_wal_size = '32MB'");
    await owner.query('SELECT pg_reload_conf()');
    const tenant = await createTenant(owner, TENANT, {
      ingest: open(roleUrl(original.url, databaseRoles.ingest)),
      loader: open(roleUrl(original.url, databaseRoles.loader)),
    });

    report(`Loading ${visitors} visitors, ${marked} of them marked`);
    const loading = performance.now();
    let events = 0;
    for (const batch of batchesOf(visitors, marked)) {
      events += batch.length;
      await tenant.track(batch);
    }
    await takeSnapshots(owner, logger, new Date());
    const load = since(loading);
    const before = await totalsOf(owner, tenant.tenantHk);
    await owner.query('ANALYZE');
    await moveLogOn(owner);
    const filesBefore = await filesWithMark(owner);

    const backup = await original.backUp(directory);
    const { rows } = await owner.query('SELECT clock_timestamp()::text AS now');
    const target = nowRow.parse(rows[0]).now;

    report('Erasing');
    const erasing = performance.now();
    const maintenance = open(roleUrl(original.url, databaseRoles.maintenance));
    const wanted = Array.from({ length: marked }, (_, n) => `visitor-${MARK}${n}x`);
    const counts = await eraseVisitors(maintenance, logger, tenant, wanted);
    const erase = since(erasing);
    const erased = await totalsOf(owner, tenant.tenantHk);
    const vacuuming = performance.now();
    await vacuumErased(owner);
    const vacuum = since(vacuuming);
    await original.untilArchived();
    await moveLogOn(owner);
    const afterVacuum = await filesWithMark(owner);

    report('Replaying everything');
    await rebuild(
      { pool: owner, logger, workers: 2, stop: new AbortController().signal, onProgress: () => undefined },
      [TENANT],
    );
    await takeSnapshots(owner, logger, new Date());
    const replayed = await totalsOf(owner, tenant.tenantHk);
    await original.untilArchived();
    await moveLogOn(owner);
    const afterReplay = await filesWithMark(owner);
    const broken = await brokenChecks(owner);

    report('Restoring the moment before the erasure');
    const restored = await Cluster.restore(directory, backup, target);
    clusters.push(restored);
    const again = open(restored.url);
    const filesRestored = await filesWithMark(again);
    await eraseAgain(again, logger, await readErasedMarks(owner));
    await vacuumErased(again);
    await moveLogOn(again);
    const afterErasingAgain = await filesWithMark(again);

    return {
      events,
      counts,
      seconds: { load, erase, vacuum },
      files: {
        before: filesBefore,
        afterVacuum,
        afterReplay,
        restored: filesRestored,
        afterErasingAgain,
      },
      said,
      sameTotals: {
        erased: JSON.stringify(erased) === JSON.stringify(before),
        replayed: JSON.stringify(replayed) === JSON.stringify(before),
      },
      broken: [...broken, ...(await brokenChecks(again))],
    };
  } finally {
    await Promise.all(pools.map((pool) => pool.end().catch(() => undefined)));
    for (const cluster of clusters) await cluster.stop();
  }
}

/** Requests of visitors who all see the shared page; every so many of them is marked. */
function* batchesOf(visitors: number, marked: number): Generator<object[]> {
  const begin = Date.now() - 3 * DAY;
  const each = Math.floor(visitors / marked);
  let batch: object[] = markedVisit('everybody', new Date(begin));
  for (let n = 0; n < visitors; n += 1) {
    const at = new Date(begin + Math.floor((n / visitors) * 2 * DAY));
    const isMarked = n % each === 0 && n / each < marked;
    batch.push(...(isMarked ? markedVisit(`${MARK}${n / each}x`, at) : [plainView(n, at)]));
    if (batch.length >= EVENTS_PER_REQUEST - 10) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const plainView = (n: number, at: Date): object => ({
  event_id: `plain-${n}`,
  event_type: 'page_view',
  event_timestamp: at.toISOString(),
  visitor_id: `plain-${n}`,
  page_url: n % 3 === 0 ? 'https://shop.example/shared' : `https://shop.example/pages/${n % 500}`,
  page_title: n % 3 === 0 ? 'Shared' : `Page ${n % 500}`,
  page_referrer: n % 7 === 0 ? 'https://www.google.com/' : undefined,
});

/** Has the server forget the segments of its log that it needs no more. */
async function moveLogOn(owner: pg.Pool): Promise<void> {
  for (let n = 0; n < 2; n += 1) {
    await owner.query('SELECT pg_switch_wal()');
    await owner.query('CHECKPOINT');
  }
}

/** Files of the server, its log included, in which a mark stands as it is or in hexadecimal. The archive is the backup's. */
async function filesWithMark(owner: pg.Pool): Promise<string[]> {
  const { rows } = await owner.query('SHOW data_directory');
  const home = dirname(directoryRow.parse(rows[0]).data_directory);
  const found = spawnSync('grep', ['-rlaF', '--exclude-dir=archive', '-e', MARK, '-e', MARK_IN_HEX, home], {
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
  });
  if (found.status !== 0 && found.status !== 1)
    throw new Error(`grep ended with ${found.status}: ${found.stderr}`);
  return found.stdout.split('\n').filter((line) => line !== '');
}

/** Keeps what the product says where a mark is in it. */
function listening(said: string[]): Logger {
  const hear = (...parts: readonly unknown[]): void => {
    const line = JSON.stringify(parts);
    if (line.includes(MARK) || line.includes(MARK_IN_HEX)) said.push(line);
  };
  return { debug: hear, info: hear, warn: hear, error: hear, measure: hear };
}

const since = (begun: number): number => (performance.now() - begun) / 1_000;
