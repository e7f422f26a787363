import pg from 'pg';
import { retentionClasses, wholeScope } from '../lambdas/lifecycle/retention/cut-offs.ts';
import { runRetention } from '../lambdas/lifecycle/retention/retention.ts';
import { takeSnapshots } from '../lambdas/lifecycle/snapshots.ts';
import { type DatabaseRole, databaseRoles } from '../lambdas/platform/database-roles.ts';
import { roleUrl } from '../local/database-login.ts';
import { silent } from '../test/support/pipeline.ts';
import {
  type Arrival,
  groundTenants,
  keptConflicts,
  RetentionGround,
} from '../test/support/retention-ground.ts';
import { startStack } from '../test/support/stack.ts';
import { spread } from './statistics.ts';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const EVENTS_OF_REQUEST = 200;
/** Pool sizes: one worker lands, stages and loads; retention is one more. */
const CONNECTIONS = 3;

const figure = (value: number): string => Math.round(value).toLocaleString('en');

/** Lands and loads one request after another. @returns milliseconds of each landing and of each load. */
async function send(ground: RetentionGround, arrivals: readonly Arrival[]) {
  const landing: number[] = [];
  const loading: number[] = [];
  for (const arrival of arrivals) {
    const began = performance.now();
    const requests = await ground.land(arrival);
    landing.push(performance.now() - began);
    loading.push(await ground.load(arrival.tenant, requests));
  }
  return { landing, loading };
}

/** Deletes what has expired of so many events class by class, and says how fast. */
async function measureClasses(ground: RetentionGround): Promise<string[]> {
  const lines: string[] = [];
  for (const each of retentionClasses) {
    const began = performance.now();
    const { expiries, weeksDropped, partitionsEmptied } = await runRetention(ground.context(), {
      tenantId: null,
      classes: [each],
    });
    const seconds = (performance.now() - began) / 1_000;
    const rows = expiries.reduce((sum, expiry) => sum + expiry.rows, 0);
    const partitions = weeksDropped + partitionsEmptied;
    lines.push(
      `  ${each.padEnd(8)} ${figure(rows).padStart(8)} rows in ${seconds.toFixed(2)} s, ${figure(rows / seconds)} rows/s${partitions > 0 ? `; ${partitions} partitions dropped or emptied` : ''}`,
    );
  }
  return lines;
}

/** How fast retention is, how long loads wait for it, and whether exactly what has expired is gone in the end. */
export async function benchRetention(): Promise<void> {
  const stack = await startStack();
  const pools = new Map<DatabaseRole, pg.Pool>();
  const as = (role: DatabaseRole): pg.Pool => {
    const known = pools.get(role);
    if (known !== undefined) return known;
    const made = new pg.Pool({ connectionString: roleUrl(stack.databaseUrl, role), max: CONNECTIONS });
    pools.set(role, made);
    return made;
  };
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: CONNECTIONS });
  try {
    const asOf = new Date();
    const ground = await RetentionGround.make({ pool, as }, asOf);
    await send(ground, [...ground.longAgo(), ...ground.traffic(EVENTS, 1, EVENTS_OF_REQUEST)]);
    await takeSnapshots(as(databaseRoles.maintenance), silent, asOf);
    await pool.query('VACUUM ANALYZE');
    const classes = await measureClasses(ground);
    const alone = await send(ground, ground.traffic(EVENTS / 10, 2, EVENTS_OF_REQUEST));
    let isLoading = true;
    let expired = 0;
    const looping = (async () => {
      while (isLoading) {
        const { expiries } = await runRetention(ground.context(), wholeScope, { again: true });
        expired += expiries.reduce((sum, { rows }) => sum + rows, 0);
      }
    })();
    const beside = await send(ground, ground.traffic(EVENTS / 10, 3, EVENTS_OF_REQUEST));
    isLoading = false;
    await looping;
    await runRetention(ground.context(), wholeScope, { again: true });
    const wrong: string[] = [];
    for (const tenant of groundTenants) {
      const expected = ground.expected(tenant, await keptConflicts(ground, tenant));
      const found = await ground.holdings(tenant);
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(tenant);
    }
    process.stdout.write(
      `${figure(EVENTS)} events of three tenants, of whom two keep a part
${classes.join('\n')}
loads of ${EVENTS_OF_REQUEST} events
  alone              ${spread(alone.loading, 'ms')}
  beside retention   ${spread(beside.loading, 'ms')}; ${figure(expired)} rows deleted meanwhile
landing
  alone              ${spread(alone.landing, 'ms')}
  beside retention   ${spread(beside.landing, 'ms')}
${wrong.length === 0 ? 'Exactly what had expired is gone.' : `Not what was expected is left of: ${wrong.join(', ')}`}
`,
    );
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    await Promise.all([pool, ...pools.values()].map((each) => each.end()));
    await stack.stop();
  }
}
