import type pg from 'pg';
import * as z from 'zod';
import type { Logger } from '../platform/log.ts';
import { inTransaction, type Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { HISTORY_ROWS_PER_DAY, histories } from '../vault/history-statements.ts';

const tenantsInMotion = readStatement('tenants_in_motion');

/** Each handles one tenant, as of a time, and at most so many keys; it returns how many it handled. */
const steps = {
  sessions: readStatement('close_sessions'),
  visitors: readStatement('snapshot_visitors'),
  pages: readStatement('snapshot_pages'),
  items: readStatement('snapshot_items'),
} as const;

/** Keys that one transaction handles: the tenant's loader waits for it, about a fifth of a millisecond for each. */
const KEYS_PER_TRANSACTION = 500;

const tenantRow = z.object({ tenant_hk: z.instanceof(Buffer) });
const handledRow = z.object({ handled: z.number() });

/**
 * Closes sessions that have been silent for 30 minutes, takes the snapshots that are due, and reads again the histories that
 * late observations touched. Sessions close before pages are looked at: what closed sessions say of pages is in their row.
 * @param asOf what counts as now.
 * @throws after all tenants have had their turn, when one of them failed.
 */
export async function takeSnapshots(pool: pg.Pool, logger: Logger, asOf: Date): Promise<void> {
  const { rows } = await pool.query(tenantsInMotion);
  const taken = new Map<string, number>();
  const failures: unknown[] = [];
  for (const { tenant_hk } of z.array(tenantRow).parse(rows)) {
    try {
      for (const [step, handled] of Object.entries(await takeSnapshotsOf(pool, tenant_hk, asOf)))
        taken.set(step, (taken.get(step) ?? 0) + handled);
    } catch (error) {
      failures.push(error);
    }
  }
  logger.info('snapshots taken', Object.fromEntries(taken));
  if (failures.length > 0)
    throw new AggregateError(failures, 'Snapshots of some tenants could not be taken.');
}

/** Does for one tenant what `takeSnapshots` does for all. @returns how many keys each step handled. */
export async function takeSnapshotsOf(
  pool: pg.Pool,
  tenantHk: Buffer,
  asOf: Date,
): Promise<Readonly<Record<string, number>>> {
  await inTransaction(pool, (client) => repairHistories(client, tenantHk));
  const handled: Record<string, number> = {};
  for (const [step, statement] of Object.entries(steps))
    handled[step] = await takeAll(pool, statement, tenantHk, asOf);
  return handled;
}

/**
 * Reads histories again, in the order in which the events arrived, where events came late or were taken out. Runs in a transaction of the
 * caller's, whose lock keeps the loader out meanwhile.
 */
export async function repairHistories(client: Queryable, tenantHk: Buffer): Promise<void> {
  await client.query('SELECT business.lock_accumulators($1)', [tenantHk]);
  for (const { repair } of histories) await client.query(repair, [tenantHk, HISTORY_ROWS_PER_DAY]);
}

async function takeAll(pool: pg.Pool, statement: string, tenantHk: Buffer, asOf: Date): Promise<number> {
  let sum = 0;
  for (;;) {
    const { rows } = await pool.query(statement, [tenantHk, asOf, KEYS_PER_TRANSACTION]);
    const { handled } = handledRow.parse(rows[0]);
    sum += handled;
    if (handled < KEYS_PER_TRANSACTION) return sum;
  }
}
