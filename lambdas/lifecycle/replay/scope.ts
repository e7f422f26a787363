import { readStatement } from '../../platform/statement.ts';
import { drive, type ReplayContext } from './drive.ts';
import { type Judgement, judge } from './judgement.ts';
import { LEASE_SECONDS } from './rebuild.ts';
import { type NamedRequest, type ReplayScope, requestsInOrder } from './requests.ts';
import type { ReplaySurvey } from './survey.ts';

const markRequests = readStatement('replay/mark_requests');

/** Compares the requests in scope with the vault and notes what it finds. Changes nothing. */
export async function compareInScope(
  context: ReplayContext,
  scope: ReplayScope,
  survey: ReplaySurvey,
): Promise<void> {
  for await (const set of requestsInOrder(context.pool, scope)) {
    if (context.stop.aborted) return;
    survey.add(await judge(context.pool, set));
    context.onProgress(set.reduce((sum, { events }) => sum + events, 0));
  }
}

/**
 * Loads what the vault lacks of the requests in scope, and judges again what was refused. Events of the vault that today's
 * rules would write otherwise are noted and left alone: only a rebuild changes them.
 */
export function mendInScope(context: ReplayContext, scope: ReplayScope, survey: ReplaySurvey): Promise<void> {
  return drive(context, setsToMend(context, scope, survey));
}

/** Marks the requests that have something to load, and gives them set by set in the order of arrival. */
async function* setsToMend(
  context: ReplayContext,
  scope: ReplayScope,
  survey: ReplaySurvey,
): AsyncGenerator<NamedRequest[]> {
  for await (const set of requestsInOrder(context.pool, scope)) {
    const judgement = await judge(context.pool, set);
    survey.add(judgement);
    const wanted = await mark(context, set, judgement);
    const toLoad = set.filter(({ requestId }) => wanted.has(requestId));
    const settled = set.filter(({ requestId }) => !wanted.has(requestId));
    context.onProgress(settled.reduce((sum, { events }) => sum + events, 0));
    if (toLoad.length > 0) yield toLoad;
  }
}

/** @returns the ids of the requests of the set that are to be staged and loaded. */
async function mark(
  { pool }: ReplayContext,
  set: readonly NamedRequest[],
  { pending, events }: Judgement,
): Promise<ReadonlySet<string>> {
  const lacking = new Set(
    events
      .filter(({ verdict }) => verdict === 'missing' || verdict === 'accepted' || verdict === 'refused')
      .map(({ requestId }) => requestId),
  );
  const released = events
    .filter(({ verdict }) => verdict === 'accepted' || verdict === 'released')
    .map(({ rawEventId }) => rawEventId);
  const marked = set.filter(({ requestId }) => lacking.has(requestId));
  // A request comes back as a whole.
  const expired = events.filter(({ verdict, requestId }) => verdict === 'expired' && lacking.has(requestId));
  if (marked.length > 0 || released.length > 0) {
    await pool.query(markRequests, [
      marked.map(({ requestId }) => requestId),
      marked.map(({ received }) => received),
      released,
      LEASE_SECONDS,
      expired.map(({ tenantId }) => tenantId),
      expired.map(({ received }) => received),
      expired.map(({ isRefused }) => (isRefused ? 'quarantined' : 'vaulted')),
    ]);
  }
  return new Set([...lacking, ...pending]);
}
