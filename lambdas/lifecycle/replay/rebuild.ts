import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { inTransaction, sqlState } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { drive, type ReplayContext } from './drive.ts';
import { requestsInOrder } from './requests.ts';

const lockLoadersOut = readStatement('replay/lock_loaders_out');
const lockTenants = readStatement('replay/lock_tenants');
const tenantKeys = readStatement('replay/tenant_keys');
const countUnreplayable = readStatement('replay/count_unreplayable');
const countHalfErased = readStatement('replay/count_half_erased');
const markTenants = readStatement('replay/mark_tenants');
const emptyVault = readStatement('replay/empty_vault');
const emptyTenants = readStatement('replay/empty_tenants');

/** Seconds that the sweeper leaves marked requests to the replay; then it finishes what a replay that died left behind. */
export const LEASE_SECONDS = 3_600;

/** SQLSTATEs of a lock that was not to be had in time, and of a deadlock. */
const LOCK_FAILURES = new Set(['55P03', '40P01']);
/** Together about a minute. */
const LOCK_ATTEMPTS = 300;
const LOCK_PAUSE_MILLISECONDS = 100;

const tenantRow = z.object({ tenant_id: z.string(), tenant_hk: z.instanceof(Buffer) });
const countRow = z.object({ events: z.number() });
const halfErasedRow = z.object({ erasures: z.number() });

/** The vault has events that cannot be made again, since the raw layer has forgotten them. Nothing was changed. */
export class UnreplayableEvents extends Error {
  readonly events: number;

  constructor(events: number) {
    super(`${events} events of the vault are no longer in the raw layer.`);
    this.name = 'UnreplayableEvents';
    this.events = events;
  }
}

/** Visitors are kept out of the vault whose events stand there still: a rebuild would lose what is counted of them. Nothing was changed. */
export class HalfErased extends Error {
  readonly erasures: number;

  constructor(erasures: number) {
    super(`${erasures} erasures have begun and not ended.`);
    this.name = 'HalfErased';
    this.erasures = erasures;
  }
}

/** The limit of every other statement is made for batches, not for whole tables. */
const WITHOUT_TIME_LIMIT = 'SET LOCAL statement_timeout = 0';

/**
 * Empties the vault of tenants and marks all their requests, in one transaction.
 * From then on the pipeline makes the vault again even if nobody drives it.
 * @param tenantIds null for all tenants.
 * @throws UnreplayableEvents or HalfErased when events would be lost.
 */
export async function emptyForRebuild(
  { pool, stop }: ReplayContext,
  tenantIds: readonly string[] | null,
): Promise<void> {
  const found = await pool.query(tenantKeys, [tenantIds]);
  const tenants = z.array(tenantRow).parse(found.rows);
  const ids = tenants.map(({ tenant_id }) => tenant_id);
  const keys = tenants.map(({ tenant_hk }) => tenant_hk);
  const begun = await pool.query(countHalfErased, [keys]);
  const { erasures } = halfErasedRow.parse(begun.rows[0]);
  if (erasures > 0) throw new HalfErased(erasures);
  const { rows } = await inTransaction(pool, async (client) => {
    await client.query(WITHOUT_TIME_LIMIT);
    return client.query(countUnreplayable, [tenantIds === null ? null : keys]);
  });
  const { events } = countRow.parse(rows[0]);
  if (events > 0) throw new UnreplayableEvents(events);
  if (tenantIds === null) {
    await untilLocked(stop, () =>
      inTransaction(pool, async (client) => {
        await client.query(WITHOUT_TIME_LIMIT);
        await client.query(emptyVault);
        await client.query(markTenants, [ids, keys, LEASE_SECONDS]);
      }),
    );
    return;
  }
  await inTransaction(pool, async (client) => {
    await client.query(WITHOUT_TIME_LIMIT);
    await client.query(lockLoadersOut);
    await client.query(lockTenants, [keys]);
    await client.query(markTenants, [ids, keys, LEASE_SECONDS]);
    await client.query(emptyTenants, [keys]);
  });
}

/** Tries a transaction again that could not get its locks. */
async function untilLocked(stop: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; !stop.aborted; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === LOCK_ATTEMPTS || !LOCK_FAILURES.has(sqlState(error) ?? '')) throw error;
    }
    await sleep(LOCK_PAUSE_MILLISECONDS);
  }
}

/**
 * Makes the vault of tenants anew from all their requests, in the order of arrival.
 * @param tenantIds null for all tenants.
 * @throws UnreplayableEvents or HalfErased when events would be lost; then nothing has changed.
 */
export async function rebuild(context: ReplayContext, tenantIds: readonly string[] | null): Promise<void> {
  await emptyForRebuild(context, tenantIds);
  await drive(context, requestsInOrder(context.pool, { tenantIds, from: null, to: null }));
}
