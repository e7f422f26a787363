import type pg from 'pg';
import * as z from 'zod';
import type { Logger } from '../../platform/log.ts';
import type { Queryable, Tenant } from '../../platform/postgres.ts';
import { readStatement } from '../../platform/statement.ts';
import { signDocument } from '../../tenancy/signed-document.ts';
import { settleVisitorKey, type VisitorKey, visitorMark } from '../../tenancy/visitor-keys.ts';
import { hashKey } from '../../vault/hash-key.ts';
import { type ErasureCounts, eraseVisitors } from '../erasure/erase-visitors.ts';
import { CERTIFICATE_FORMAT } from './formats.ts';
import { type ClaimedJob, type FoundEvents, finishJobs, foundEvents, noteFound } from './jobs.ts';
import { storedIds } from './stored-ids.ts';

/** What an erasure leaves, for whoever reads the certificate without knowing the product. */
const WHAT_STAYS = [
  'What was counted of the events stays: they stand in the vault as a stranger’s, without anything that only they said.',
  'Ids of the events stay, so that a repetition is known; so does a keyed hash of the visitor’s id, so that no later event is stored.',
  'Backups made before keep the visitor until they expire; after a restore the erasures since are to be run again.',
] as const;

const owedErasures = readStatement('privacy-jobs/owed_erasures');
const owedRow = z.object({ visitor_id: z.string() });
const heldEvents = readStatement('privacy-jobs/held_events');
const heldRow = foundEvents.extend({ position: z.number() });

/** A job with the ids under which its visitor may be stored. */
interface Erasure {
  readonly job: ClaimedJob;
  readonly ids: readonly string[];
}

/** Erases the visitors of jobs of one tenant, and ends each job with a signed certificate. */
export async function runErasures(
  pool: pg.Pool,
  logger: Logger,
  tenant: Tenant,
  jobs: readonly ClaimedJob[],
): Promise<void> {
  // Marks are made with the first key for ever, signatures with the key of the day.
  const mark = await settleVisitorKey(pool, tenant.tenantHk, new Date(0));
  const erasures = jobs.map((job): Erasure => ({ job, ids: storedIds(mark, job.visitorId) }));
  const found = await noteWhatIsHeld(pool, tenant, erasures);
  const erased = await eraseVisitors(
    pool,
    logger,
    tenant,
    erasures.flatMap(({ ids }) => ids),
    await idsOfOwed(pool, tenant, mark),
  );
  // Each may have been asked for under more ids than one.
  const counts = { ...erased, visitors: jobs.length };
  const erasedAt = new Date();
  const signer = await settleVisitorKey(pool, tenant.tenantHk, erasedAt);
  const certificates = erasures.map((erasure) =>
    certificateOf(erasure, { mark, signer }, found.get(erasure.job.jobId), counts, erasedAt),
  );
  await finishJobs(pool, jobs, certificates, erasedAt);
}

/** All who are to be erased: what only they have in common is nobody's when they are gone, whichever set each is erased in. */
async function idsOfOwed(database: Queryable, tenant: Tenant, mark: VisitorKey): Promise<string[]> {
  const { rows } = await database.query(owedErasures, [tenant.tenantHk]);
  const owed = z.array(owedRow).parse(rows);
  return owed.flatMap(({ visitor_id }) => storedIds(mark, visitor_id));
}

/** What the vault holds of each visitor now, or held when the job was first begun. */
async function noteWhatIsHeld(
  database: Queryable,
  { tenantId, tenantHk }: Tenant,
  erasures: readonly Erasure[],
): Promise<ReadonlyMap<string, FoundEvents>> {
  const asked = erasures.flatMap(({ ids }, position) => ids.map((id) => ({ id, position })));
  const { rows } = await database.query(heldEvents, [
    tenantHk,
    asked.map(({ id }) => hashKey(tenantId, id)),
    asked.map(({ position }) => position),
  ]);
  const held = z.array(heldRow).parse(rows);
  const found = new Map(
    erasures.map(({ job }, position): [string, FoundEvents] => {
      const { events = 0, digest = '' } = held.find((row) => row.position === position) ?? {};
      return [job.jobId, job.found ?? { events, digest }];
    }),
  );
  await noteFound(database, found);
  return found;
}

function certificateOf(
  { job, ids }: Erasure,
  keys: { readonly mark: VisitorKey; readonly signer: VisitorKey },
  found: FoundEvents | undefined,
  counts: ErasureCounts,
  erasedAt: Date,
) {
  const markOf = (id: string): string => visitorMark(keys.mark.secret, id).toString('hex');
  return signDocument(keys.signer, {
    format: CERTIFICATE_FORMAT,
    tenant_id: job.tenant.tenantId,
    job_id: job.jobId,
    erased_at: erasedAt.toISOString(),
    visitor_mark: markOf(job.visitorId),
    /** The same of every id under which the visitor may have been stored. */
    visitor_marks: ids.map(markOf),
    key_version: keys.mark.version,
    attempts: job.attempt,
    /** Of this visitor, before anything was changed. */
    found,
    /** Of the run, in which other visitors may have been erased as well. */
    run: counts,
    stays: WHAT_STAYS,
  });
}
