import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { eventTime } from '../vault/hash-key.ts';

const probeByKey = readStatement('probe_by_key');
const lockLoadersOut = readStatement('replay/lock_loaders_out');
const findTouched = readStatement('unload/find_touched');
const takeBackClosedSessions = readStatement('unload/take_back_closed_sessions');
const forgetOpenSessions = readStatement('forget_open_sessions');
const forgetSessionSnapshots = readStatement('unload/forget_session_snapshots');
const deleteItemLinks = readStatement('unload/delete_item_links');
const deleteEvents = readStatement('unload/delete_events');
const subtractPages = readStatement('unload/subtract_pages');
const subtractItems = readStatement('unload/subtract_items');
const subtractVisitorItems = readStatement('unload/subtract_visitor_items');
const takeBackHistories = readStatement('unload/take_back_histories');
const noteUnsettled = readStatement('unload/note_unsettled');
const resetSlices = readStatement('unload/reset_slices');
const recountVisitors = readStatement('unload/recount_visitors');
const rebuildSessions = readStatement('rebuild_sessions');
const dropVisitors = readStatement('unload/drop_visitors');
const restoreVisitors = readStatement('unload/restore_visitors');
const dropLinks = readStatement('unload/drop_links');
const restoreLinks = readStatement('unload/restore_links');
const dropSlices = readStatement('unload/drop_slices');
const restoreSlices = readStatement('unload/restore_slices');

const key = z.instanceof(Buffer);
const keys = z.array(key);
const touchedRow = z.object({ sessions: keys, slices: keys, visitors: keys });
const sessionsRow = z.object({ sessions: keys });
const hubRow = z.object({ key, business_key: z.string() });
const linkRow = z.object({ link_session_visitor_hk: key, session_slice_hk: key, site_visitor_hk: key });
const goneEvent = z.object({
  site_event_hk: key,
  load_date: z.date(),
  record_source: z.string(),
  event_type: z.string(),
  event_action: z.string(),
  site_visitor_hk: key,
  site_page_hk: key,
  page_state_id: z.string().nullable(),
  traffic_source_id: z.string(),
});
const goneLink = z.object({ site_event_hk: key, business_item_hk: key, item_state_id: z.string() });

/**
 * Keeps loaders and maintenance away from a tenant's vault until the transaction ends. Whoever takes events out has to do this first:
 * a load under way may have found a hub that would be gone when it writes what refers to it.
 */
export async function lockVault(client: Queryable, tenantHk: Buffer): Promise<void> {
  await client.query(lockLoadersOut);
  await client.query('SELECT business.lock_accumulators($1)', [tenantHk]);
}

/**
 * Takes events of one tenant out of the vault with everything that was counted and made of them, in a transaction of the caller's:
 * the vault becomes what it would be had they never been loaded, but for two things. Snapshots of counters stay where something is
 * left that they are of, those of sessions excepted. And whether pages, items, states and sources are still named by another event is only
 * noted: `settleVault` looks, once for many batches.
 *
 * What is left of each visitor is counted again, so give all events of a visitor that are to go at once.
 * @param eventKeys at most a few thousand: loaders of all tenants wait for the transaction. Unknown ones are passed over.
 * @returns how many there were.
 */
export async function unloadEvents(
  client: Queryable,
  tenantHk: Buffer,
  eventKeys: readonly Buffer[],
): Promise<number> {
  if (eventKeys.length === 0) return 0;
  await lockVault(client, tenantHk);
  await client.query(probeByKey);
  const named = [tenantHk, eventKeys, ...spanOf(eventKeys)];
  const touched = touchedRow.parse((await client.query(findTouched, named)).rows[0]);
  if (touched.slices.length === 0) return 0;
  await client.query(takeBackClosedSessions, [touched.sessions]);
  await client.query(forgetOpenSessions, [touched.sessions]);
  await client.query(forgetSessionSnapshots, [touched.sessions]);
  const links = z.array(goneLink).parse((await client.query(deleteItemLinks, [tenantHk, eventKeys])).rows);
  const events = z.array(goneEvent).parse((await client.query(deleteEvents, named)).rows);
  await subtract(client, tenantHk, events, links);
  await rebuild(client, tenantHk, touched);
  return events.length;
}

/** The first and the last time in keys of events. */
export function spanOf(eventKeys: readonly Buffer[]): [Date, Date] {
  const times = eventKeys.map((each) => eventTime(each).getTime());
  return [
    new Date(times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
    new Date(times.reduce((a, b) => Math.max(a, b), 0)),
  ];
}

/** Takes events that are gone out of the accumulators and histories that add up. */
async function subtract(
  client: Queryable,
  tenantHk: Buffer,
  events: readonly z.infer<typeof goneEvent>[],
  links: readonly z.infer<typeof goneLink>[],
): Promise<void> {
  const eventOf = new Map(events.map((event) => [event.site_event_hk.toString('hex'), event]));
  const goneEvents = asJson(events);
  const goneLinks = asJson(
    links.map((link) => ({ ...eventOf.get(link.site_event_hk.toString('hex')), ...link })),
  );
  await client.query(subtractPages, [goneEvents]);
  await client.query(subtractItems, [goneLinks]);
  await client.query(subtractVisitorItems, [goneLinks]);
  await client.query(takeBackHistories, [tenantHk, goneEvents, goneLinks]);
  await client.query(noteUnsettled, [tenantHk, goneEvents, goneLinks]);
}

/** Makes sessions and visitors again of the events that are left of them. */
async function rebuild(
  client: Queryable,
  tenantHk: Buffer,
  { sessions, slices, visitors }: z.infer<typeof touchedRow>,
): Promise<void> {
  const cut = sessionsRow.parse((await client.query(resetSlices, [slices, sessions])).rows[0]);
  await client.query(rebuildSessions, [distinct([...sessions, ...cut.sessions])]);
  await client.query(recountVisitors, [visitors]);
  const hubs = z.array(hubRow).parse((await client.query(dropVisitors, [visitors])).rows);
  await client.query(restoreVisitors, [tenantHk, ...columnsOf(hubs)]);
  const links = z.array(linkRow).parse((await client.query(dropLinks, [slices, visitors])).rows);
  await client.query(restoreLinks, [
    tenantHk,
    links.map((link) => link.link_session_visitor_hk),
    links.map((link) => link.session_slice_hk),
    links.map((link) => link.site_visitor_hk),
  ]);
  const parts = z.array(hubRow).parse((await client.query(dropSlices, [slices])).rows);
  await client.query(restoreSlices, [tenantHk, ...columnsOf(parts)]);
}

const columnsOf = (hubs: readonly z.infer<typeof hubRow>[]) => [
  hubs.map((hub) => hub.key),
  hubs.map((hub) => hub.business_key),
];

const distinct = (values: readonly Buffer[]): Buffer[] => [
  ...new Map(values.map((value) => [value.toString('hex'), value])).values(),
];

/** Rows as a JSON array for `json_to_recordset`, bytes as bytea spells them. */
const asJson = (rows: readonly Readonly<Record<string, unknown>>[]): string =>
  JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value,
        ]),
      ),
    ),
  );
