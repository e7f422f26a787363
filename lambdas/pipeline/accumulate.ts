import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { prepareStatement } from '../platform/statement.ts';
import { HISTORY_ROWS_PER_DAY, histories } from '../vault/history-statements.ts';

const lockAccumulators = prepareStatement('lock_accumulators');
const accumulateSlices = prepareStatement('accumulate_slices');
const findSessionMerges = prepareStatement('find_session_merges');
const findKnownSessions = prepareStatement('find_known_sessions');
const takeBackSessions = prepareStatement('take_back_sessions');
const joinSessions = prepareStatement('join_sessions');
const forgetOpenSessions = prepareStatement('forget_open_sessions');
const rebuildSessions = prepareStatement('rebuild_sessions');
const accumulateSessions = prepareStatement('accumulate_sessions');
const accumulateVisitors = prepareStatement('accumulate_visitors');
const accumulateEntities = [
  prepareStatement('accumulate_pages'),
  prepareStatement('accumulate_items'),
  prepareStatement('accumulate_visitor_items'),
];

const key = z.instanceof(Buffer);
const mergeRow = z.object({ absorbed_hk: key, into_hk: key, site_visitor_hk: key });
const knownRow = z.object({ site_session_hk: key, is_closed: z.boolean(), rebuilt_hk: key });

type Merge = z.infer<typeof mergeRow>;

/**
 * Carries new events into histories and accumulators, in the transaction that inserted them: each event counts once.
 * @param newEvents staging ids of the events that the vault did not have.
 * @param newLinks keys of the links of session slices to visitors that the vault did not have.
 */
export async function accumulate(
  client: Queryable,
  newEvents: readonly string[],
  newLinks: readonly Buffer[],
): Promise<void> {
  await client.query(lockAccumulators, [newEvents]);
  for (const { extend } of histories) await client.query(extend, [newEvents, HISTORY_ROWS_PER_DAY]);
  const merges = await mergeSlices(client, newEvents);
  const rebuilt = await reopenSessions(client, newEvents, merges);
  await client.query(accumulateSessions, [newEvents, rebuilt]);
  if (rebuilt.length > 0) await client.query(rebuildSessions, [rebuilt]);
  const endedSessions = merges.map(({ site_visitor_hk }) => site_visitor_hk);
  await client.query(accumulateVisitors, [newEvents, newLinks, endedSessions]);
  for (const statement of accumulateEntities) await client.query(statement, [newEvents]);
}

/** Finds which sessions that no client named now reach those before them. */
async function mergeSlices(client: Queryable, newEvents: readonly string[]): Promise<Merge[]> {
  const { rowCount } = await client.query(accumulateSlices, [newEvents]);
  if (rowCount === 0) return [];
  const { rows } = await client.query(findSessionMerges, [newEvents]);
  return z.array(mergeRow).parse(rows);
}

/**
 * Takes out of the accumulators what closed and joined sessions said before the new events.
 * @returns the sessions that have to be built again from all their events.
 */
async function reopenSessions(
  client: Queryable,
  newEvents: readonly string[],
  merges: readonly Merge[],
): Promise<Buffer[]> {
  const absorbed = merges.map(({ absorbed_hk }) => absorbed_hk);
  const into = merges.map(({ into_hk }) => into_hk);
  const { rows } = await client.query(findKnownSessions, [newEvents, absorbed, into]);
  const known = z.array(knownRow).parse(rows);
  const closed = known.filter(({ is_closed }) => is_closed).map(({ site_session_hk }) => site_session_hk);
  if (closed.length > 0) await client.query(takeBackSessions, [closed, newEvents]);
  if (merges.length > 0) await client.query(joinSessions, [absorbed, into]);
  const rebuilt = known.map(({ rebuilt_hk }) => rebuilt_hk);
  const gone = [...known.map(({ site_session_hk }) => site_session_hk), ...rebuilt];
  if (gone.length > 0) await client.query(forgetOpenSessions, [gone]);
  return rebuilt;
}
