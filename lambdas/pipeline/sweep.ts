import * as z from 'zod';
import { type Doorbell, ringOrFail } from '../platform/doorbell.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';

const measurePending = readStatement('measure_pending');
const pendingRow = z.object({ events: z.number(), oldest_seconds: z.number() });
const claimUnattended = readStatement('claim_unattended');
const unattended = z.object({
  request_id: z.string(),
  tenant_id: z.string(),
  event_count: z.number(),
  stage: z.enum(['LANDED', 'STAGED']),
});

/** Requests that one sweep rings for. What is left waits for the next sweep, a minute later. */
const REQUESTS_PER_SWEEP = 20_000;

/**
 * Rings again for every request that nobody has finished for `idleSeconds`: a message that was never sent, was lost, or whose
 * worker died. This, not the queues, is why an accepted event always reaches the vault.
 */
export async function sweep(
  database: Queryable,
  bells: { readonly LANDED: Doorbell; readonly STAGED: Doorbell },
  logger: Logger,
  idleSeconds: number,
): Promise<void> {
  const found = await database.query(measurePending);
  const { events, oldest_seconds } = pendingRow.parse(found.rows[0]);
  // Zeros as well: an alarm must tell a sweep that finds nothing from none at all.
  logger.measure({ EventsPending: events, OldestPendingAge: oldest_seconds });
  const { rows } = await database.query(claimUnattended, [idleSeconds, REQUESTS_PER_SWEEP]);
  const waiting = z.array(unattended).parse(rows);
  if (waiting.length === 0) return;
  logger.warn('ringing again', { requests: waiting.length });
  for (const stage of ['LANDED', 'STAGED'] as const) {
    const requests = waiting.filter((request) => request.stage === stage);
    if (requests.length === 0) continue;
    await ringOrFail(
      bells[stage],
      requests.map(({ request_id, tenant_id, event_count }) => ({
        requestId: request_id,
        tenantId: tenant_id,
        events: event_count,
      })),
      logger,
    );
    logger.measure({ RequestsRungAgain: requests.length });
  }
}
