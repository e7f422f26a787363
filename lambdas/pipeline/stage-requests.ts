import type pg from 'pg';
import * as z from 'zod';
import type { Fault } from '../event/fault.ts';
import { type Doorbell, type PendingRequest, ringOrLeave } from '../platform/doorbell.ts';
import type { Logger } from '../platform/log.ts';
import { inTransaction, type Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { applyInHalves } from './apply-in-halves.ts';
import type { Transact } from './bounded-transaction.ts';
import { type CompletedSet, tellOf } from './completed-set.ts';
import { dropErased } from './drop-erased.ts';
import { bytesOfEvents, type LandedRequest, landedRequest, type StagedRow } from './landed-request.ts';
import { quarantine, type Refusal } from './quarantine.ts';
import { rawEventIdOf } from './raw-event-id.ts';
import { stageEvent } from './staged-event.ts';

const claimLanded = readStatement('claim_landed');
const insertStaged = readStatement('insert_staged_events');
const findStagedStatement = readStatement('find_staged');
const markStaged = readStatement('mark_staged');
const finishRequests = readStatement('finish_requests');

const claimedRequest = landedRequest.extend({ trace_id: z.string().nullable() });

const stagedBeforeRow = z.object({ request_id: z.string(), tenant_id: z.string(), staged_count: z.number() });

/** Reason code of an event that fails in a way no rule foresees. */
const UNSTAGEABLE = 'cannot_be_staged';

/**
 * Validates and enriches the events of landed requests, in one transaction, and announces them to the loader.
 * Requests that are staged already are announced once more, since who rings for them here has not seen them loaded; what is in
 * another worker's hands is passed over. Doing this twice does nothing.
 * @param transact how the transaction is run.
 * @throws when the database cannot be reached; then nothing has changed and the same ids may be tried again.
 */
export async function stageRequests(
  pool: pg.Pool,
  businessBell: Doorbell,
  logger: Logger,
  requestIds: readonly string[],
  transact: Transact = inTransaction,
): Promise<void> {
  const stage = async (client: Queryable): Promise<StagedSet> => {
    const claimed = await client.query(claimLanded, [requestIds]);
    const requests = z.array(claimedRequest).parse(claimed.rows);
    const stagedBefore = requests.length < requestIds.length ? await findStaged(client, requestIds) : [];
    if (requests.length === 0) return { waiting: stagedBefore, completed: null };
    const events = await dropErased(client, requests, requests.flatMap(stageOne));
    const rows = events.filter(({ row }) => row !== null);
    const unstageable = await applyInHalves(client, rows, (set) =>
      client.query(insertStaged, [JSON.stringify(set.map(({ row }) => row))]),
    );
    const refusals = new Map(events.map(({ rawEventId, refusal }) => [rawEventId, refusal]));
    for (const { item, state } of unstageable) {
      refusals.set(item.rawEventId, {
        code: UNSTAGEABLE,
        reasons: [`The database refused the event (${state}).`],
      });
    }
    const refused = events.flatMap(({ rawEventId, received }): Refusal[] => {
      const refusal = refusals.get(rawEventId) ?? null;
      return refusal === null ? [] : [{ rawEventId, received, ...refusal }];
    });
    const quarantined = await quarantine(client, 'STAGING', refused);
    const loadable = Map.groupBy(
      events.filter(({ rawEventId }) => refusals.get(rawEventId) === null),
      ({ requestId }) => requestId,
    );
    const passed = requests.map(({ request_id, tenant_id, received_timestamp, trace_id }) => ({
      requestId: request_id,
      tenantId: tenant_id,
      events: loadable.get(request_id)?.length ?? 0,
      received: received_timestamp,
      traceId: trace_id,
    }));
    const toLoad = passed.filter(({ events: count }) => count > 0);
    await client.query(markStaged, [
      toLoad.map(({ requestId }) => requestId),
      toLoad.map(({ events: count }) => count),
    ]);
    await client.query(finishRequests, [
      passed.filter(({ events: count }) => count === 0).map(({ requestId }) => requestId),
    ]);
    return {
      waiting: [...stagedBefore, ...toLoad],
      completed: {
        requests: passed.map(({ events: count, ...request }) => ({ ...request, passed: count })),
        events: events.length,
        refused: refused.length,
        quarantined,
      },
    };
  };
  const { waiting, completed } = await transact(pool, stage);
  if (completed !== null) tellOf(completed, 'staged', logger);
  // They are staged, so a queue that fails only delays them.
  await ringOrLeave(businessBell, waiting, logger);
}

/** What a staging transaction did, and what waits for the loader after it. */
interface StagedSet {
  readonly waiting: readonly PendingRequest[];
  readonly completed: CompletedSet | null;
}

async function findStaged(client: Queryable, requestIds: readonly string[]): Promise<PendingRequest[]> {
  const { rows } = await client.query(findStagedStatement, [requestIds]);
  return z
    .array(stagedBeforeRow)
    .parse(rows)
    .map(({ request_id, tenant_id, staged_count }) => ({
      requestId: request_id,
      tenantId: tenant_id,
      events: staged_count,
    }));
}

/** Validates and enriches the events of one request, in their order. Those that were erased before they reached the vault are left out. */
export function stageOne(request: LandedRequest): StagedRow[] {
  const common = {
    tenantId: request.tenant_id,
    tenantHk: request.tenant_hk,
    siteId: request.site_id,
    received: request.received_timestamp,
    userAgent: request.user_agent,
    visitorIpHash: request.visitor_ip_hash,
    visitorKey: request.visitor_key,
    recordSource: request.record_source,
    envelope: request.envelope,
  };
  const bytesOf = bytesOfEvents(request);
  return request.event_ids.flatMap((eventId, ordinal): StagedRow[] => {
    const bytes = bytesOf[ordinal] ?? Buffer.alloc(0);
    const rawEventId = rawEventIdOf(request.request_id, ordinal);
    const event = { rawEventId, requestId: request.request_id, received: request.received_timestamp };
    const context = request.event_context?.[ordinal];
    const staged = attempt(() => stageEvent(common, { rawEventId, eventId, bytes, context }));
    if (staged === null) return [];
    if (!(staged instanceof Error)) {
      const { row, faults, visitorId } = staged;
      return [{ ...event, row, refusal: refusalOf(faults), visitorId }];
    }
    const refusal = { code: UNSTAGEABLE, reasons: [`Staging failed (${staged.name}).`] };
    return [{ ...event, row: null, refusal, visitorId: null }];
  });
}

function refusalOf(faults: readonly Fault[] | null): StagedRow['refusal'] {
  if (faults === null) return null;
  const reasons = faults.map(({ pointer, message }) => `${pointer} ${message}`.trim());
  return { code: faults[0]?.code ?? UNSTAGEABLE, reasons };
}

/** What a function gives, or the error it throws: a bad event must not hurt its neighbours. */
function attempt<Result>(work: () => Result): Result | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error('Something that is no error was thrown.');
  }
}
