import type pg from 'pg';
import * as z from 'zod';
import { applyInHalves } from '../../pipeline/apply-in-halves.ts';
import { landedRequest, type StagedRow } from '../../pipeline/landed-request.ts';
import { ordinalOf } from '../../pipeline/raw-event-id.ts';
import { stageOne } from '../../pipeline/stage-requests.ts';
import { inTransaction, type Queryable } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { eventKey } from '../../vault/hash-key.ts';
import { compareEvents, referenceColumns } from './comparison.ts';
import type { NamedRequest } from './requests.ts';

const readRequests = readStatement('replay/read_requests');
const findOtherTimes = readStatement('replay/find_other_times');
const findRefused = readStatement('replay/find_refused');

/** A request of the raw layer, and where it stands. */
const replayedRequest = landedRequest.extend({
  is_pending: z.boolean(),
  /** Raw ids of events that staging or loading refused. */
  quarantined: z.array(z.string()),
  /** Events that happened, and refused ones that arrived, before these times are no longer kept. */
  vault_cut_off: z.date().nullable(),
  staging_cut_off: z.date().nullable(),
});

const difference = z.object({
  table: z.string(),
  column: z.string(),
  old: z.unknown(),
  new: z.unknown(),
});
/** One value of an event in the vault that today's rules would write otherwise. */
export type Difference = z.infer<typeof difference>;

const comparedRow = z.object({
  raw_event_id: z.string(),
  is_known: z.boolean(),
  differences: z.array(difference),
});
const otherTimeRow = z.object({ raw_event_id: z.string(), event_timestamp: z.date() });
const refusedRow = z.object({ raw_event_id: z.string() });
const stagedTimes = z.object({
  event_timestamp: z.string(),
  custom_properties: z.object({ claimed_timestamp: z.string().optional() }).nullish(),
});

/**
 * What a replay finds of an event:
 * `same` nothing to do; `missing` not in the vault and not refused; `accepted` refused once, fine now; `changed` in the vault
 * with other values; `dropped` in the vault, refused now; `refused` not in the vault, refused now and not in quarantine yet;
 * `released` in the vault and, wrongly, still in quarantine; `expired` neither in the vault nor, if refused now, in quarantine, since
 * its tenant keeps nothing as old.
 */
export type Verdict =
  | 'same'
  | 'missing'
  | 'accepted'
  | 'changed'
  | 'dropped'
  | 'refused'
  | 'released'
  | 'expired';

export interface JudgedEvent {
  readonly tenantId: string;
  readonly requestId: string;
  readonly rawEventId: string;
  readonly eventId: string;
  readonly received: Date;
  /** Whether today's rules refuse it. */
  readonly isRefused: boolean;
  readonly verdict: Verdict;
  readonly differences: readonly Difference[];
}

export interface Judgement {
  /** Requests that are on their way to the vault already; nothing is said of their events. */
  readonly pending: readonly string[];
  readonly events: readonly JudgedEvent[];
}

/** Stages requests in memory and compares what comes out with the vault. Changes nothing. */
export function judge(pool: pg.Pool, set: readonly NamedRequest[]): Promise<Judgement> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION READ ONLY');
    return judgeWith(client, set);
  });
}

async function judgeWith(database: Queryable, set: readonly NamedRequest[]): Promise<Judgement> {
  const { rows } = await database.query(readRequests, [
    set.map(({ requestId }) => requestId),
    set.map(({ received }) => received),
  ]);
  const requests = z.array(replayedRequest).parse(rows);
  const pending = requests.filter(({ is_pending }) => is_pending).map(({ request_id }) => request_id);
  const candidates = requests
    .filter(({ is_pending }) => !is_pending)
    .flatMap((request) => {
      const quarantined = new Set(request.quarantined);
      return stageOne(request).map(
        (staged): Candidate => ({ request, staged, wasRefused: quarantined.has(staged.rawEventId) }),
      );
    });
  const compared = await compare(
    database,
    candidates.filter(({ staged }) => staged.refusal === null && staged.row !== null),
  );
  // What lies in quarantine is not in the vault, so only what never was refused before has to be sought there.
  const dropped = await findDropped(
    database,
    candidates.filter(({ staged, wasRefused }) => !wasRefused && !compared.has(staged.rawEventId)),
  );
  const events = candidates.map((candidate): JudgedEvent => {
    const { request, staged } = candidate;
    const found = compared.get(staged.rawEventId);
    return {
      tenantId: request.tenant_id,
      requestId: request.request_id,
      rawEventId: staged.rawEventId,
      eventId: request.event_ids[ordinalOf(staged.rawEventId).ordinal] ?? '',
      received: staged.received,
      isRefused: staged.refusal !== null,
      verdict:
        found === undefined
          ? verdictOnRefused(dropped.has(staged.rawEventId), candidate)
          : verdictOnStaged(found, candidate),
      differences: found?.differences ?? [],
    };
  });
  return { pending, events };
}

interface Candidate {
  readonly request: z.infer<typeof replayedRequest>;
  readonly staged: StagedRow;
  /** Whether it lies in quarantine. */
  readonly wasRefused: boolean;
}

interface Compared {
  readonly is_known: boolean;
  readonly differences: readonly Difference[];
}

function verdictOnStaged(
  { is_known, differences }: Compared,
  { request, staged, wasRefused }: Candidate,
): Verdict {
  if (!is_known) {
    const happened = new Date(stagedTimes.parse(staged.row).event_timestamp);
    if (isBefore(happened, request.vault_cut_off)) return 'expired';
    return wasRefused ? 'accepted' : 'missing';
  }
  if (differences.length > 0) return 'changed';
  return wasRefused ? 'released' : 'same';
}

function verdictOnRefused(isKnown: boolean, { request, wasRefused }: Candidate): Verdict {
  if (isKnown) return 'dropped';
  if (wasRefused) return 'same';
  return isBefore(request.received_timestamp, request.staging_cut_off) ? 'expired' : 'refused';
}

const isBefore = (time: Date, cutOff: Date | null): boolean => cutOff !== null && time < cutOff;

/** How events that passed stand in the vault, by raw id. Those that the database could not stage are not among them. */
async function compare(
  database: Queryable,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, Compared>> {
  const found = new Map<string, Compared>();
  await applyInHalves(database, candidates, async (set) => {
    const { rows } = await database.query(compareEvents, [
      JSON.stringify(set.map(({ staged }) => staged.row)),
    ]);
    for (const { raw_event_id, is_known, differences } of z.array(comparedRow).parse(rows)) {
      found.set(raw_event_id, { is_known, differences: withoutNames(differences) });
    }
  });
  const unknown = candidates.filter(({ staged }) => found.get(staged.rawEventId)?.is_known === false);
  for (const [rawEventId, moved] of await findMoved(database, unknown)) {
    found.set(rawEventId, { is_known: true, differences: [moved] });
  }
  return found;
}

/** A name (hash key, state id) that differs is worth a line only when nothing of what it names does. */
function withoutNames(differences: readonly Difference[]): readonly Difference[] {
  const speaking = differences.filter(({ column }) => !referenceColumns.has(column));
  return speaking.length > 0 ? speaking : differences;
}

/**
 * Events that stand in the vault under another time. The time is part of the key, and staging knows two for an event: what
 * its sender claims and its arrival; a rule decides.
 */
async function findMoved(
  database: Queryable,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, Difference>> {
  const times = new Map<string, { readonly now: Date; readonly other: Date }>();
  const probes = candidates.flatMap(({ request, staged }) => {
    const { event_timestamp, custom_properties } = stagedTimes.parse(staged.row);
    const now = new Date(event_timestamp);
    const claimed = custom_properties?.claimed_timestamp;
    const other = claimed === undefined ? request.received_timestamp : new Date(claimed);
    // What cannot be in a key was never a time of an event.
    if (other.getTime() === now.getTime() || other.getTime() < 0) return [];
    times.set(staged.rawEventId, { now, other });
    const eventId = request.event_ids[ordinalOf(staged.rawEventId).ordinal] ?? '';
    return [{ rawEventId: staged.rawEventId, key: eventKey(request.tenant_id, eventId, other), other }];
  });
  if (probes.length === 0) return new Map();
  const { rows } = await database.query(findOtherTimes, [
    probes.map(({ rawEventId }) => rawEventId),
    probes.map(({ key }) => key),
    probes.map(({ other }) => other.toISOString()),
  ]);
  return new Map(
    z
      .array(otherTimeRow)
      .parse(rows)
      .map(({ raw_event_id, event_timestamp }): [string, Difference] => [
        raw_event_id,
        {
          table: 'site_event_nl',
          column: 'event_timestamp',
          old: event_timestamp.toISOString(),
          new: times.get(raw_event_id)?.now.toISOString(),
        },
      ]),
  );
}

/** Raw ids of refused events that stand in the vault. */
async function findDropped(
  database: Queryable,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<string>> {
  if (candidates.length === 0) return new Set();
  const arrivals = candidates.map(({ staged }) => staged.received);
  const sorted = arrivals.toSorted((a, b) => a.getTime() - b.getTime());
  const { rows } = await database.query(findRefused, [
    candidates.map(({ staged }) => staged.rawEventId),
    candidates.map(({ request }) => request.tenant_hk),
    candidates.map(({ request, staged }) => request.event_ids[ordinalOf(staged.rawEventId).ordinal]),
    arrivals,
    sorted[0],
    sorted.at(-1),
  ]);
  return new Set(
    z
      .array(refusedRow)
      .parse(rows)
      .map(({ raw_event_id }) => raw_event_id),
  );
}
