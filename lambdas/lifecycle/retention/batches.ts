import * as z from 'zod';
import { settleVault } from '../../pipeline/settle-vault.ts';
import { unloadEvents } from '../../pipeline/unload-events.ts';
import { sqlState } from '../../platform/postgres.ts';
import { prepareStatement, readStatement } from '../../platform/statement.ts';
import { repairHistories } from '../snapshots.ts';
import { inStep, type RetentionContext } from './context.ts';
import type { CutOff, RetentionClass } from './cut-offs.ts';

const probeByKey = readStatement('probe_by_key');
const expireRequests = readStatement('retention/expire_requests');
const expireQuarantine = readStatement('retention/expire_quarantine');
const expireInvalidStaging = readStatement('retention/expire_invalid_staging');
const expireMetrics = readStatement('retention/expire_metrics');
const expireRestatements = readStatement('retention/expire_restatements');
const expireLedger = readStatement('retention/expire_ledger');
const expireAuditLog = readStatement('retention/expire_audit_log');
const takeVaultTurn = readStatement('retention/take_vault_turn');
const findExpiredEvents = prepareStatement('retention/find_expired_events');
const isUnsettled = readStatement('retention/is_unsettled');
const tallyVaulted = readStatement('retention/tally_vaulted');

/** Rows that one transaction deletes: an interrupted run keeps what it did, and nobody waits long for a lock. */
const ROWS_AT_ONCE = 1_000;
/** Events that one transaction takes out of the vault: loaders wait for it. */
const EVENTS_AT_ONCE = 500;

/** Behind each visitor's keys the planner would also look through the index by time, which is short and yet read whole. */
const WITHOUT_BITMAPS = 'SET LOCAL enable_bitmapscan = off';
const WITH_BITMAPS = 'SET LOCAL enable_bitmapscan = on';

/** The planner does not know how many keys wait to be read again, and would look through the log once for each. */
const ONE_LOOK_AT_THE_LOG = 'SET LOCAL enable_nestloop = off';

/** The limit of the step was reached. */
const TIME_IS_OVER = '57014';

const rowsRow = z.object({ rows: z.number() });
const unsettledRow = z.object({ is_unsettled: z.boolean() });
const eventRow = z.object({ site_event_hk: z.instanceof(Buffer), load_date: z.date() });

/** What one transaction did, and whether there may be more to do. */
export interface Batch {
  readonly rows: number;
  readonly isLast: boolean;
}

type ExpireSome = (context: RetentionContext, cutOff: CutOff) => Promise<Batch>;

/** Deletes with statements that take the tenant's id, the cut-off and how many rows, and tell how many went. */
const deleting =
  (...statements: readonly string[]): ExpireSome =>
  (context, cutOff) =>
    inStep(context, async (client) => {
      let rows = 0;
      let isLast = true;
      for (const statement of statements) {
        const deleted = await client.query(statement, [cutOff.tenantId, cutOff.cutOff, ROWS_AT_ONCE]);
        const gone = rowsRow.parse(deleted.rows[0]).rows;
        rows += gone;
        isLast &&= gone < ROWS_AT_ONCE;
      }
      return { rows, isLast };
    });

/** Requests, while nobody erases or rebuilds anything of the tenant: both mark requests to be loaded again. */
const expireSomeRequests: ExpireSome = (context, cutOff) =>
  inStep(context, async (client) => {
    await client.query('SELECT business.lock_accumulators($1)', [cutOff.tenantHk]);
    const deleted = await client.query(expireRequests, [cutOff.tenantId, cutOff.cutOff, ROWS_AT_ONCE]);
    const { rows } = rowsRow.parse(deleted.rows[0]);
    return { rows, isLast: rows < ROWS_AT_ONCE };
  });

/** Events with all that was made of them. After the last of them what they left behind is put in order. */
const expireSomeEvents: ExpireSome = async (context, cutOff) => {
  const { tenantId, tenantHk } = cutOff;
  const batch = await inStep(context, async (client) => {
    await client.query(probeByKey);
    await client.query(takeVaultTurn, [tenantHk]);
    await client.query(WITHOUT_BITMAPS);
    // Loaders wait only after it is known that there is something to wait for.
    const { rows } = await client.query(findExpiredEvents, [
      tenantId,
      tenantHk,
      cutOff.cutOff,
      EVENTS_AT_ONCE,
    ]);
    await client.query(WITH_BITMAPS);
    const events = z.array(eventRow).parse(rows);
    if (events.length > 0) {
      const keys = events.map(({ site_event_hk }) => site_event_hk);
      await unloadEvents(client, tenantHk, keys);
      await client.query(tallyVaulted, [tenantId, events.map(({ load_date }) => load_date)]);
    }
    return { rows: events.length, isLast: events.length < EVENTS_AT_ONCE };
  });
  if (batch.isLast) await settle(context, cutOff);
  return batch;
};

/** Looks through the vault once for what events took along that are gone, and reads histories again that lost a change. */
async function settle(context: RetentionContext, { tenantId, tenantHk }: CutOff): Promise<void> {
  try {
    await inStep(context, async (client) => {
      const { rows } = await client.query(isUnsettled, [tenantHk]);
      if (!unsettledRow.parse(rows[0]).is_unsettled) return;
      await settleVault(client, tenantHk);
      await client.query(ONE_LOOK_AT_THE_LOG);
      await repairHistories(client, tenantHk);
    });
  } catch (error) {
    // Not again every hour: loaders wait for it.
    if (sqlState(error) !== TIME_IS_OVER) throw error;
    context.logger.warn('the vault is too large to be settled here, run onevault retention run', {
      tenant_id: tenantId,
    });
  }
}

/** Deletes some of what a tenant no longer keeps, in one transaction. Doing it again goes on. */
export const expireSome: Readonly<Record<RetentionClass, ExpireSome>> = {
  staging: deleting(expireQuarantine, expireInvalidStaging),
  raw: expireSomeRequests,
  marts: deleting(expireMetrics, expireRestatements, expireLedger, expireAuditLog),
  vault: expireSomeEvents,
};
