import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { stageRequests } from '../../pipeline/stage-requests.ts';
import { silentDoorbell } from '../../platform/doorbell.ts';
import { remainingMilliseconds } from '../../platform/invocation.ts';
import type { Logger } from '../../platform/log.ts';
import { inTransaction, type Queryable, type Tenant } from '../../platform/postgres.ts';
import { inSets } from '../../platform/sets.ts';
import { readStatement } from '../../platform/statement.ts';
import { settleVisitorKey, visitorMark } from '../../tenancy/visitor-keys.ts';
import { hashKey } from '../../vault/hash-key.ts';
import { takeSnapshotsOf } from '../snapshots.ts';
import { limitStatements } from '../time-limit.ts';
import { eraseExpired } from './erase-expired.ts';
import { eraseFromVault } from './erase-from-vault.ts';
import { eraseQuarantine } from './erase-quarantine.ts';
import { findSharedTraits } from './shared-traits.ts';
import { readVisitorEvents } from './visitor-events.ts';

const lockStagingOut = readStatement('erasure/lock_staging_out');
const markVisitors = readStatement('erasure/mark_visitors');
const findStagedRequests = readStatement('erasure/find_staged_requests');
const stageAgain = readStatement('erasure/stage_again');
const countEvents = readStatement('erasure/count_events');
const findEventIds = readStatement('erasure/find_event_ids');
const countPending = readStatement('erasure/count_pending');

const requestRow = z.object({ request_id: z.string() });
const countRow = z.object({ site_visitor_hk: z.instanceof(Buffer), events: z.number() });
const eventIdRow = z.object({ event_id: z.string() });
const pendingRow = z.object({ requests: z.number() });

/** Loaders of all tenants wait for the transaction that erases so many events; a visitor with more takes one alone. */
const atOnce = { items: 200, weight: 1_000 };
/** Visitors whose events are held in memory, a kilobyte each, to be compared with those of others. */
const compared = { items: 10_000, weight: 50_000 };
/** How often, and with which pauses, loads under way are waited for. */
const ATTEMPTS = 240;
const PAUSE_MILLISECONDS = 250;

/** What an erasure did; figures for the certificate. */
export interface ErasureCounts {
  /** Visitors asked for, and those of whom the vault held anything. */
  readonly visitors: number;
  readonly visitors_found: number;
  /** Events that stand in the vault as somebody's whom nobody knows. */
  readonly events_anonymised: number;
  /** Events that had not reached the vault and are gone. */
  readonly events_dropped: number;
  /** Events that only the raw layer still had, since the vault or the quarantine keeps them for a shorter time; they are gone. */
  readonly events_expired: number;
  /** Second payloads under a known event id, deleted from quarantine. */
  readonly conflicts_deleted: number;
  /** Requests of the raw layer whose bytes were written over because of anonymised events. */
  readonly requests_rewritten: number;
  /** Requests that were not staged yet when the erasure ended: what they hold of these visitors is dropped then. */
  readonly requests_to_come: number;
  /** SHA-256 over the sorted keys of the anonymised events, in hexadecimal. */
  readonly digest: string;
}

/**
 * Erases visitors of a tenant from the raw layer, staging, quarantine and the vault, and keeps them out for ever: events of theirs that arrive
 * later, or are replayed, are dropped when they are staged. What was counted of their events stays, as of strangers.
 * Doing it twice does no more; after an interruption it goes on where it was.
 * @param owed visitors who are to be erased as well, at another time: what these have in common with nobody but them does not stay.
 * @throws when loads under way hold events of theirs for longer than a minute; the visitors are marked by then, so run it again.
 */
export async function eraseVisitors(
  pool: pg.Pool,
  logger: Logger,
  tenant: Tenant,
  visitorIds: readonly string[],
  owed: readonly string[] = [],
): Promise<ErasureCounts> {
  const ids = new Set(visitorIds);
  const visitors = [...ids].map((id) => hashKey(tenant.tenantId, id));
  const excluded = [...new Set([...ids, ...owed])].map((id) => hashKey(tenant.tenantId, id));
  await mark(pool, tenant, [...ids]);
  await awaitLoads(pool, logger, tenant, visitors);
  const sizes = z.array(countRow).parse((await pool.query(countEvents, [tenant.tenantHk, visitors])).rows);
  // First, since which ids are theirs is known only while the vault has the events.
  const eventIds = await eventIdsOf(pool, tenant, visitors);
  const isErased = (id: string): boolean => ids.has(id);
  const quarantine = await eraseQuarantine(pool, tenant, isErased, eventIds);
  const erased: Awaited<ReturnType<typeof eraseFromVault>>[] = [];
  for (const group of inSets(sizes, ({ events }) => events, compared)) {
    const own = group.map(({ site_visitor_hk }) => site_visitor_hk);
    // Before the locks of the transactions that follow: to look for others who did the same may take a look at all events.
    const shared = await patiently(pool, async (client) => {
      const events = await readVisitorEvents(client, tenant.tenantHk, own);
      return findSharedTraits(client, tenant.tenantHk, excluded, events);
    });
    for (const set of inSets(group, (each) => each.events, atOnce)) {
      const chunk = set.map(({ site_visitor_hk }) => site_visitor_hk);
      erased.push(await patiently(pool, (client) => eraseFromVault(client, tenant, chunk, shared)));
      logger.info('visitors erased', { visitors: chunk.length });
    }
  }
  const expired = await eraseExpired(pool, tenant, isErased);
  // Sessions of the strangers close, so that rates of pages are what they were.
  await takeSnapshotsOf(pool, tenant.tenantHk, new Date());
  const keys = erased.flatMap((each) => each.eventKeys.map((key) => key.toString('hex'))).sort();
  const pending = pendingRow.parse((await pool.query(countPending, [tenant.tenantId])).rows[0]);
  return {
    visitors: ids.size,
    visitors_found: sizes.length,
    events_anonymised: keys.length,
    events_dropped: quarantine.dropped,
    events_expired: expired,
    conflicts_deleted: quarantine.conflicts,
    requests_rewritten: erased.reduce((sum, each) => sum + each.requests, 0),
    requests_to_come: pending.requests,
    digest: createHash('sha256').update(keys.join('\n')).digest('hex'),
  };
}

async function eventIdsOf(
  pool: pg.Pool,
  { tenantHk }: Tenant,
  visitors: readonly Buffer[],
): Promise<Set<string>> {
  const { rows } = await pool.query(findEventIds, [tenantHk, visitors]);
  return new Set(
    z
      .array(eventIdRow)
      .parse(rows)
      .map(({ event_id }) => event_id),
  );
}

/** Runs a transaction with as much time as the invocation has, or as it takes where there is none. */
const patiently = <Result>(pool: pg.Pool, work: (client: Queryable) => Promise<Result>): Promise<Result> =>
  inTransaction(pool, async (client) => {
    await limitStatements(client, remainingMilliseconds());
    return work(client);
  });

/** Once this has resolved, no transaction stages an event of theirs any more. */
function mark(pool: pg.Pool, tenant: Tenant, visitorIds: readonly string[]): Promise<void> {
  return inTransaction(pool, async (client) => {
    // The first key of a tenant is never replaced: marks have to be found for ever.
    const { version, secret } = await settleVisitorKey(client, tenant.tenantHk, new Date(0));
    await client.query(lockStagingOut);
    const marks = visitorIds.map((id) => visitorMark(secret, id));
    await client.query(markVisitors, [tenant.tenantHk, version, marks]);
  });
}

/** Has what was staged before the mark staged again, and sits out the loads that hold the rest of it. */
async function awaitLoads(
  pool: pg.Pool,
  logger: Logger,
  tenant: Tenant,
  visitors: readonly Buffer[],
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const found = await pool.query(findStagedRequests, [tenant.tenantHk, visitors]);
    const staged = z
      .array(requestRow)
      .parse(found.rows)
      .map(({ request_id }) => request_id);
    if (staged.length === 0) return;
    const { rows } = await pool.query(stageAgain, [staged]);
    const again = z
      .array(requestRow)
      .parse(rows)
      .map(({ request_id }) => request_id);
    await stageRequests(pool, silentDoorbell, logger, again);
    if (again.length < staged.length) await sleep(PAUSE_MILLISECONDS);
  }
  throw new Error('Events of a visitor who is to be erased have been in the hands of a loader for too long.');
}
