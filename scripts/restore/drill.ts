import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { migrate, readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { openRoles } from '../../local/database-login.ts';
import { Cluster } from './cluster.ts';
import { Installation, type Ledger, TENANT } from './installation.ts';

const REQUESTS = 20;
/** Between the target and the accident, so that no clock's resolution blurs which side a commit is on. */
const BREATH_MS = 50;

const moment = z.object({ now: z.string() });
const behind = z.object({ milliseconds: z.number().nullable() });

/** What a drill found. */
export interface Findings {
  /** The moment that was restored, as Postgres writes it. */
  readonly target: string;
  /** Events acknowledged before the target, and how many of them the restored database lacks. */
  readonly before: number;
  readonly lost: number;
  /** Events acknowledged after the target, and how many of them it holds. */
  readonly after: number;
  readonly kept: number;
  /** Milliseconds from the newest restored event to the target; null when none was restored. */
  readonly newestBeforeTargetMs: number | null;
  readonly atRestore: Ledger;
  readonly atEnd: Ledger;
  /** Checks that returned rows, at once and after the sweep. */
  readonly broken: readonly string[];
  /** Migrations that the restored database lacked. */
  readonly missingMigrations: readonly string[];
  /** Events of a visitor who was erased after the target: in the restored database, and after erasing again. */
  readonly erased: { readonly atRestore: number; readonly atEnd: number };
  readonly seconds: { readonly restore: number; readonly checks: number; readonly sweep: number };
}

/**
 * Loses a database and restores it to a moment before the accident: a base backup taken under traffic, an archive of the log, a
 * target time, an accident after it.
 * @param report is told what is being done.
 */
export async function drill(directory: string, report: (line: string) => void): Promise<Findings> {
  const original = await Cluster.create(directory);
  const clusters = [original];
  const installations: Installation[] = [];
  const open = (cluster: Cluster): Installation => {
    const installation = new Installation(cluster.url);
    installations.push(installation);
    return installation;
  };
  try {
    report('A database with traffic: loaded, staged and landed events');
    const running = open(original);
    await migrate(running.owner, readMigrations(migrationsDirectory));
    await openRoles(original.url);
    await provisionTenant(running.owner, TENANT);
    await running.load(await running.stage(await running.land(REQUESTS)));
    report('Base backup, while events come in');
    const [backup] = await Promise.all([original.backUp(directory), running.land(REQUESTS)]);
    await running.stage(await running.land(REQUESTS));
    const wanted = await running.requestIds();
    const before = (await running.ledger()).landed;
    const { rows } = await running.owner.query('SELECT clock_timestamp()::text AS now');
    const target = moment.parse(rows[0]).now;
    await sleep(BREATH_MS);
    report(`Accident after ${target}: more events, then the raw layer of every tenant is deleted`);
    const late = await running.land(REQUESTS);
    const after = (await running.ledger()).landed - before;
    const marks = await running.erase();
    await running.owner.query('DELETE FROM raw.site_tracking_requests_r');
    await original.untilArchived();
    await running.leave();
    await original.lose();

    report('Restore to the target');
    const begun = performance.now();
    const restored = await Cluster.restore(directory, backup, target);
    clusters.push(restored);
    const seconds = { restore: since(begun), checks: 0, sweep: 0 };
    const again = open(restored);
    const found = await again.requestIds();
    const atRestore = await again.ledger();
    const { rows: distance } = await again.owner.query(
      'SELECT (extract(epoch FROM $1::timestamptz - max(received_timestamp)) * 1000)::double precision AS milliseconds FROM raw.site_tracking_requests_r',
      [target],
    );
    report('Migrations and conformance of what was restored');
    const checking = performance.now();
    const missingMigrations = await migrate(again.owner, readMigrations(migrationsDirectory));
    const brokenAtOnce = await again.brokenChecks();
    seconds.checks = since(checking);
    report('The sweeper finishes what was on its way');
    const sweeping = performance.now();
    await again.finish();
    seconds.sweep = since(sweeping);
    const atEnd = await again.ledger();
    report('Whoever was erased after the target is erased again');
    const erasedAtRestore = await again.eventsOfErased();
    await again.eraseAgain(marks);
    return {
      target,
      before,
      lost: ([...wanted].filter((id) => !found.has(id)).length * before) / wanted.size,
      after,
      kept: late.filter(({ requestId }) => found.has(requestId)).length,
      newestBeforeTargetMs: behind.parse(distance[0]).milliseconds,
      atRestore,
      atEnd,
      broken: [...brokenAtOnce, ...(await again.brokenChecks())],
      missingMigrations,
      erased: { atRestore: erasedAtRestore, atEnd: await again.eventsOfErased() },
      seconds,
    };
  } finally {
    for (const installation of installations) await installation.leave().catch(() => undefined);
    for (const cluster of clusters) await cluster.stop();
  }
}

const since = (begun: number): number => (performance.now() - begun) / 1_000;
