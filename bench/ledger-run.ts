import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { balanceLedger } from '../lambdas/lifecycle/ledger.ts';
import { loadRequests } from '../lambdas/pipeline/load-requests.ts';
import { stageRequests } from '../lambdas/pipeline/stage-requests.ts';
import { readLedgerDays, totalsOf } from '../lambdas/pipeline-state/ledger.ts';
import { type DatabaseRole, databaseRoles } from '../lambdas/platform/database-roles.ts';
import { silentDoorbell } from '../lambdas/platform/doorbell.ts';
import { inTenant, type Tenant } from '../lambdas/platform/postgres.ts';
import { silent } from '../test/support/pipeline.ts';
import { createRecordingLogger } from '../test/support/recording-logger.ts';
import type { Figures } from './ledger-model.ts';
import { LedgerSender } from './ledger-sender.ts';

const REQUESTS_AT_ONCE = 40;
/** Parts in which events are sent: before some visitors are erased, and after. */
const ROUNDS = 3;
const LATE_ROUNDS = 1;
/** Of all visitors one in so many is erased. */
const ERASED_SHARE = 20;
/** Milliseconds after which refusals by the rate are written. */
const MOMENT = 1_100;
const DAY = 86_400_000;

const requestRow = z.object({ request_id: z.string() });

/** Where a run takes place. */
export interface Ground {
  readonly pool: pg.Pool;
  as(role: DatabaseRole): pg.Pool;
}

export interface LedgerRun {
  readonly tenantIds: readonly string[];
  /** How many are sent at least, by all tenants together. */
  readonly events: number;
  readonly batchSize: number;
  readonly erase: (tenant: Tenant, visitors: readonly string[]) => Promise<unknown>;
}

/** What a tenant's sender knows, and what the ledger says. */
export interface Books {
  readonly tenantId: string;
  readonly sent: Figures;
  readonly found: Figures & { readonly gap: number };
}

/** Takes everything that is pending through the stages. */
export async function processAll({ as }: Ground): Promise<void> {
  const loader = as(databaseRoles.loader);
  const { rows } = await loader.query(
    'SELECT request_id::text FROM raw.pending_requests ORDER BY request_id',
  );
  const ids = z
    .array(requestRow)
    .parse(rows)
    .map(({ request_id }) => request_id);
  for (let first = 0; first < ids.length; first += REQUESTS_AT_ONCE) {
    const set = ids.slice(first, first + REQUESTS_AT_ONCE);
    await stageRequests(loader, silentDoorbell, silent, set);
    await loadRequests(loader, silent, set);
  }
}

/**
 * Sends events of every kind for several tenants while the stages work and the ledger is balanced, erases visitors, sends more of theirs,
 * leaves some pending, and reads the ledger.
 * @throws when the ledger has a gap at any moment.
 */
export async function runLedger(
  ground: Ground,
  { tenantIds, events, batchSize, erase }: LedgerRun,
): Promise<Books[]> {
  const senders = await Promise.all(
    tenantIds.map((tenantId, index) => LedgerSender.open(ground.pool, tenantId, 11 + index, batchSize)),
  );
  const share = Math.ceil(events / tenantIds.length / (ROUNDS + LATE_ROUNDS));
  for (let round = 0; round < ROUNDS; round += 1) await playRound(ground, senders, share);
  await processAll(ground);
  for (const { model, tenant } of senders) {
    const visitors = model.visitors.filter((_, index, all) => (all.length - index) % ERASED_SHARE === 1);
    await erase(tenant, visitors);
    model.erase(visitors);
  }
  for (let round = 0; round < LATE_ROUNDS; round += 1) await playRound(ground, senders, share);
  await processAll(ground);
  await sleep(MOMENT);
  for (const sender of senders) await sender.leavePending();
  await balance(ground);
  return Promise.all(senders.map((sender) => readBooks(ground, sender)));
}

async function playRound(ground: Ground, senders: readonly LedgerSender[], share: number): Promise<void> {
  await Promise.all([...senders.map((sender) => sender.send(share)), processAll(ground), balance(ground)]);
}

/** @throws when the ledger has a gap. */
export async function balance({ as }: Ground): Promise<void> {
  const { logger, measured } = createRecordingLogger();
  await balanceLedger(as(databaseRoles.maintenance), logger);
  const gaps = measured.map(({ LedgerGap }) => LedgerGap);
  if (gaps.join() !== '0') throw new Error(`The ledger has a gap of ${gaps.join()} events.`);
}

/** The sender's books beside the ledger of the days that the run may have touched. */
async function readBooks({ as }: Ground, { tenant, model }: LedgerSender): Promise<Books> {
  const day = (offset: number) => new Date(Date.now() + offset * DAY).toISOString().slice(0, 10);
  const days = await inTenant(as(databaseRoles.reader), tenant, (client) =>
    readLedgerDays(client, tenant, { from: day(-2), to: day(1) }),
  );
  return { tenantId: tenant.tenantId, sent: model.figures, found: totalsOf(days) };
}
