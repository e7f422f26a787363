import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { loadEvents } from '../../pipeline/load-requests.ts';
import { rawEventIdOf } from '../../pipeline/raw-event-id.ts';
import { type Replacement, rewriteRequests } from '../../pipeline/rewritten-request.ts';
import { dismissReloaded, settleVault } from '../../pipeline/settle-vault.ts';
import { stageEvent } from '../../pipeline/staged-event.ts';
import { lockVault, unloadEvents } from '../../pipeline/unload-events.ts';
import type { Queryable, Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { anonymise } from './anonymous-event.ts';
import { lockRequests } from './lock-requests.ts';
import type { SharedTraits } from './shared-traits.ts';
import { readVisitorEvents, type VisitorEvent } from './visitor-events.ts';

const findPlacesStatement = readStatement('erasure/find_places');
const insertStaged = readStatement('insert_staged_events');
const trimStaged = readStatement('trim_staged');
const tally = readStatement('erasure/tally');
const noteStaleDays = readStatement('erasure/note_stale_days');

const placeRow = z.object({
  request_id: z.string(),
  received_timestamp: z.date(),
  event_id: z.string(),
  ordinal: z.number(),
});
type Place = z.infer<typeof placeRow>;

export interface ErasedEvents {
  readonly eventKeys: readonly Buffer[];
  /** Requests of the raw layer that were written over. */
  readonly requests: number;
}

/**
 * Takes all events of visitors out of the vault and loads them again as those of strangers, one for each visitor, in the caller's
 * transaction; in the raw layer, as far as it still has them, their bytes are written over.
 */
export async function eraseFromVault(
  client: Queryable,
  tenant: Tenant,
  visitors: readonly Buffer[],
  shared: SharedTraits,
): Promise<ErasedEvents> {
  await lockVault(client, tenant.tenantHk);
  const events = await readVisitorEvents(client, tenant.tenantHk, visitors);
  const eventKeys = events.map(({ site_event_hk }) => site_event_hk);
  const strangerOf = strangersFor(events);
  const anonymous = events.map((event) => ({
    event,
    replacement: anonymise(event, shared, strangerOf(event)),
  }));
  const places = await findPlaces(client, tenant, events);
  const requests = await writeOver(client, tenant, places, anonymous);
  await unloadEvents(client, tenant.tenantHk, eventKeys);
  await load(client, tenant, places, anonymous);
  await dismissReloaded(client, tenant.tenantHk, eventKeys);
  await settleVault(client, tenant.tenantHk);
  const arrivals = events.map(({ load_date }) => load_date);
  await client.query(tally, [tenant.tenantId, arrivals, arrivals.map(() => 'anonymised')]);
  await client.query(noteStaleDays, [tenant.tenantHk, events.map(({ event_timestamp }) => event_timestamp)]);
  return { eventKeys, requests };
}

interface Anonymous {
  readonly event: VisitorEvent;
  readonly replacement: Replacement;
}

/** A stranger for each visitor, and a session of theirs for each that a client named. */
function strangersFor(events: readonly VisitorEvent[]) {
  const names = new Map<string, string>();
  const nameOf = (...keys: readonly Buffer[]): string => {
    const key = keys.map((part) => part.toString('hex')).join(' ');
    const name = names.get(key) ?? `erased-${randomUUID()}`;
    names.set(key, name);
    return name;
  };
  for (const event of events) nameOf(event.site_visitor_hk);
  return ({ site_visitor_hk, session_slice_hk, is_named_session }: VisitorEvent) => ({
    visitorId: nameOf(site_visitor_hk),
    sessionId: is_named_session ? nameOf(site_visitor_hk, session_slice_hk) : null,
  });
}

/** Where in the raw layer each event stands. */
async function findPlaces(
  client: Queryable,
  { tenantId }: Tenant,
  events: readonly VisitorEvent[],
): Promise<Place[]> {
  const arrivals = new Map(events.map(({ load_date }) => [load_date.getTime(), load_date]));
  const { rows } = await client.query(findPlacesStatement, [
    tenantId,
    [...arrivals.values()],
    events.map(({ event_id }) => event_id),
  ]);
  return z.array(placeRow).parse(rows);
}

/** @returns how many requests were written over. */
async function writeOver(
  client: Queryable,
  tenant: Tenant,
  places: readonly Place[],
  anonymous: readonly Anonymous[],
): Promise<number> {
  const byId = new Map(anonymous.map((each) => [each.event.event_id, each.replacement]));
  const standing = Map.groupBy(places, ({ request_id }) => request_id);
  for await (const requests of lockRequests(client, tenant, places)) {
    const rewritten = requests.map((request) => {
      const replaced = (standing.get(request.request_id) ?? []).flatMap(
        ({ event_id, ordinal }): [number, Replacement][] => {
          const replacement = byId.get(event_id);
          return replacement === undefined ? [] : [[ordinal, replacement]];
        },
      );
      return { request, replacements: new Map(replaced) };
    });
    await rewriteRequests(client, rewritten);
  }
  return standing.size;
}

/** Loads the anonymous events as a replay of the raw layer would, also those whose request has expired. */
async function load(
  client: Queryable,
  { tenantId, tenantHk }: Tenant,
  places: readonly Place[],
  anonymous: readonly Anonymous[],
): Promise<void> {
  const rawIds = new Map(
    places.map(({ request_id, event_id, ordinal }): [string, string] => [
      event_id,
      rawEventIdOf(request_id, ordinal),
    ]),
  );
  const rows = anonymous.map(({ event, replacement }, index) => {
    const request = {
      tenantId,
      tenantHk,
      siteId: event.site_id,
      received: event.load_date,
      userAgent: null,
      visitorIpHash: null,
      visitorKey: null,
      recordSource: event.record_source,
      envelope: null,
    };
    // No request has a negative id.
    const rawEventId = rawIds.get(event.event_id) ?? String(-1 - index);
    const staged = stageEvent(request, {
      rawEventId,
      eventId: event.event_id,
      bytes: replacement.bytes,
      context: replacement.context,
    });
    if (staged === null || staged.faults !== null)
      throw new Error('An anonymous event cannot be staged: its rules have changed since it was loaded.');
    return staged.row;
  });
  await client.query(insertStaged, [JSON.stringify(rows)]);
  const ids = rows.map((row) => String(row.raw_event_id));
  const loaded = await loadEvents(client, ids);
  if (loaded.length !== rows.length)
    throw new Error('Anonymous events did not take the place of all that they replace.');
  await client.query(trimStaged, [ids]);
}
