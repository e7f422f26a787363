import type pg from 'pg';
import * as z from 'zod';
import type { PendingRequest } from '../platform/doorbell.ts';
import type { Logger } from '../platform/log.ts';
import { inTransaction, type Queryable, sqlState } from '../platform/postgres.ts';
import { prepareStatement, readStatement } from '../platform/statement.ts';
import { insertEvents, linkVisitors, loadingStatements } from '../vault/loading-statements.ts';
import { accumulate } from './accumulate.ts';
import { applyInHalves, type RefusedItem } from './apply-in-halves.ts';
import type { Transact } from './bounded-transaction.ts';
import { type CompletedSet, tellOf } from './completed-set.ts';
import { type QuarantinedEvent, quarantine } from './quarantine.ts';
import { ordinalOf } from './raw-event-id.ts';

const claimStaged = prepareStatement('claim_staged');
const trimStaged = prepareStatement('trim_staged');
const takeSlots = prepareStatement('take_loading_slots');
const finishRequests = prepareStatement('finish_requests');
const restageRequests = readStatement('restage_requests');
const probeByKey = readStatement('probe_by_key');
const stagedArrivals = readStatement('staged_arrivals');

const stagedRequest = z.object({
  request_id: z.string(),
  tenant_id: z.string(),
  staged_count: z.number(),
  staging_event_ids: z.array(z.string()),
  received_timestamp: z.date(),
  trace_id: z.string().nullable(),
});
const tenantRow = z.object({ tenant_id: z.string() });
const UNIQUE_VIOLATION = '23505';
const insertedEvent = z.object({ staging_event_id: z.string() });
const newLink = z.object({ link_session_visitor_hk: z.instanceof(Buffer) });
const arrivalRow = z.object({ raw_event_id: z.string(), received_timestamp: z.date() });

interface LoadingManner {
  /** How the transaction is run. */
  readonly transact?: Transact;
  /** Leaves alone, and returns, the requests of tenants that others are loading for already, instead of waiting for those. */
  readonly leavesBusyTenants?: boolean;
}

/**
 * Loads the events of staged requests into the vault, in one transaction: hubs, links and events appear together or not at all.
 * Requests that are loaded already, or are in another worker's hands, are passed over: doing this twice does nothing.
 * @returns the requests that were left because their tenant is busy: to be rung for again.
 * @throws when the database cannot be reached; then nothing has changed and the same ids may be tried again.
 */
export async function loadRequests(
  pool: pg.Pool,
  logger: Logger,
  requestIds: readonly string[],
  { transact = inTransaction, leavesBusyTenants = false }: LoadingManner = {},
): Promise<readonly PendingRequest[]> {
  const load = async (client: Queryable): Promise<LoadedSet> => {
    await client.query(probeByKey);
    const { rows } = await client.query(claimStaged, [requestIds]);
    const claimed = z.array(stagedRequest).parse(rows);
    const left = leavesBusyTenants ? await requestsOfBusyTenants(client, claimed) : [];
    const requests = claimed.filter((request) => !left.includes(request));
    const complete = requests.filter((request) => request.staging_event_ids.length === request.staged_count);
    const emptied = requests.filter((request) => !complete.includes(request));
    if (emptied.length > 0) {
      logger.warn('staging was emptied, staging again', { requests: emptied.length });
      await client.query(restageRequests, [emptied.map(({ request_id }) => request_id)]);
    }
    const completed = complete.length > 0 ? await loadComplete(client, complete) : null;
    const busy = left.map(({ request_id, tenant_id, staging_event_ids }) => ({
      requestId: request_id,
      tenantId: tenant_id,
      events: staging_event_ids.length,
    }));
    return { left: busy, completed };
  };
  const { left, completed } = await transact(pool, load);
  if (completed !== null) tellOf(completed, 'loaded', logger);
  return left;
}

/** What a loading transaction did, and what it left alone. */
interface LoadedSet {
  readonly left: readonly PendingRequest[];
  readonly completed: CompletedSet | null;
}

type StagedRequest = z.infer<typeof stagedRequest>;

async function requestsOfBusyTenants(client: Queryable, requests: readonly StagedRequest[]) {
  const tenants = [...new Set(requests.map(({ tenant_id }) => tenant_id))];
  if (tenants.length === 0) return [];
  const { rows } = await client.query(takeSlots, [tenants]);
  const free = new Set(
    z
      .array(tenantRow)
      .parse(rows)
      .map(({ tenant_id }) => tenant_id),
  );
  return requests.filter(({ tenant_id }) => !free.has(tenant_id));
}

async function loadComplete(client: Queryable, requests: readonly StagedRequest[]): Promise<CompletedSet> {
  const events = requests.flatMap(({ staging_event_ids }) => staging_event_ids);
  const loaded: string[] = [];
  const refused = await applyInHalves(client, events, async (ids) => {
    loaded.push(...(await loadEvents(client, ids)));
  });
  const quarantined = await quarantineRefused(client, refused);
  await client.query(trimStaged, [events]);
  await client.query(finishRequests, [requests.map(({ request_id }) => request_id)]);
  const loadedOf = Map.groupBy(loaded, (id) => ordinalOf(id).requestId);
  return {
    requests: requests.map(({ request_id, tenant_id, received_timestamp, trace_id }) => ({
      tenantId: tenant_id,
      received: received_timestamp,
      traceId: trace_id,
      passed: loadedOf.get(request_id)?.length ?? 0,
    })),
    events: events.length,
    refused: refused.length,
    quarantined,
  };
}

/**
 * Loads staged events: the events themselves first, since only what is new among them brings anything else along.
 * @returns the new ones.
 */
export async function loadEvents(
  client: Queryable,
  stagedEvents: readonly string[],
): Promise<readonly string[]> {
  const newEvents = await insertNewEvents(client, stagedEvents);
  if (newEvents.length === 0) return newEvents;
  for (const statement of loadingStatements) await client.query(statement, [newEvents]);
  const linked = await client.query(linkVisitors, [newEvents]);
  const newLinks = z
    .array(newLink)
    .parse(linked.rows)
    .map((link) => link.link_session_visitor_hk);
  await accumulate(client, newEvents, newLinks);
  return newEvents;
}

/** Inserts what is new, again for as long as another worker was faster with one of the events. */
async function insertNewEvents(client: Queryable, stagedEvents: readonly string[]): Promise<string[]> {
  for (;;) {
    await client.query('SAVEPOINT events');
    try {
      const { rows } = await client.query(insertEvents, [stagedEvents]);
      return z
        .array(insertedEvent)
        .parse(rows)
        .map(({ staging_event_id }) => staging_event_id);
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      await client.query('ROLLBACK TO SAVEPOINT events');
    }
  }
}

async function quarantineRefused(
  client: Queryable,
  refused: readonly RefusedItem<string>[],
): Promise<QuarantinedEvent[]> {
  if (refused.length === 0) return [];
  const { rows } = await client.query(stagedArrivals, [refused.map(({ item }) => item)]);
  const arrivals = new Map(
    z
      .array(arrivalRow)
      .parse(rows)
      .map(({ raw_event_id, received_timestamp }) => [raw_event_id, received_timestamp]),
  );
  return quarantine(
    client,
    'BUSINESS',
    refused.flatMap(({ item: rawEventId, state }) => {
      const received = arrivals.get(rawEventId);
      const reasons = [`The vault refused the event (${state}).`];
      return received === undefined ? [] : [{ rawEventId, received, code: 'cannot_be_loaded', reasons }];
    }),
  );
}
