import * as z from 'zod';
import type { VisitorAnswer, VisitorJob } from '../api/visitor-operations.ts';

import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { ARCHIVE_DAYS } from './archive-life.ts';

const findJobsStatement = readStatement('visitors/find_jobs');
const readArchiveStatement = readStatement('visitors/read_archive');
const readHeldStatement = readStatement('visitors/read_held');
const requestStatement = readStatement('visitors/request_job');
const forgetStatement = readStatement('visitors/forget_exports');

/** A function answers with 6 MB at the most, and bytes grow by a third on their way. */
export const PART_BYTES = 4 * 1024 * 1024;
const JOBS_SHOWN = 20;
const DAY_MILLISECONDS = 24 * 3_600_000;

const certificate = z.looseObject({
  format: z.literal('onevault-erasure-1'),
  erased_at: z.string(),
  visitor_mark: z.string(),
});
const summary = z.looseObject({ archive: z.object({ sha256: z.string() }) });

const jobRow = z.object({
  job_id: z.string(),
  job_kind: z.enum(['export', 'erasure']),
  job_state: z.enum(['waiting', 'running', 'done', 'failed']),
  requested_at: z.date(),
  finished_at: z.date().nullable(),
  result: z.unknown(),
  archive_bytes: z.number().nullable(),
});
const requestedRow = z.object({ job_id: z.string() });
const deletedRow = z.object({ deleted: z.number() });
const archiveRow = z.object({
  job_id: z.string(),
  archive_bytes: z.number(),
  bytes: z.instanceof(Buffer),
});
const heldRow = z
  .object({
    events: z.number(),
    sessions: z.number(),
    page_views: z.number(),
    first_event_at: z.date(),
    last_event_at: z.date(),
  })
  .transform(({ first_event_at, last_event_at, ...counts }) => ({
    ...counts,
    first_event_at: first_event_at.toISOString(),
    last_event_at: last_event_at.toISOString(),
  }));

/** Where a visitor and their export are in the API. */
export const pathOf = (visitorId: string): string => `/api/v1/visitors/${encodeURIComponent(visitorId)}`;

/** What was asked for a visitor, the newest first. */
export async function findJobs(
  client: Queryable,
  { tenantHk }: Tenant,
  visitorId: string,
): Promise<VisitorJob[]> {
  const { rows } = await client.query(findJobsStatement, [visitorId, tenantHk, JOBS_SHOWN]);
  return z
    .array(jobRow)
    .parse(rows)
    .map((row) => ({
      job_id: row.job_id,
      kind: row.job_kind,
      status: row.job_state,
      requested_at: row.requested_at.toISOString(),
      finished_at: row.finished_at?.toISOString() ?? null,
      archive: archiveOf(row, visitorId),
      certificate:
        row.job_kind === 'erasure' && row.job_state === 'done' ? certificate.parse(row.result) : null,
    }));
}

function archiveOf(row: z.infer<typeof jobRow>, visitorId: string): VisitorJob['archive'] {
  const { archive_bytes: bytes, finished_at: finishedAt } = row;
  if (bytes === null || finishedAt === null) return null;
  const parts = Array.from(
    { length: Math.ceil(bytes / PART_BYTES) },
    (_, index) => `${pathOf(visitorId)}/export?job=${row.job_id}&part=${index + 1}`,
  );
  return {
    bytes,
    sha256: summary.parse(row.result).archive.sha256,
    expires_at: new Date(finishedAt.getTime() + ARCHIVE_DAYS * DAY_MILLISECONDS).toISOString(),
    parts,
  };
}

/** @param actor who asks for the visitor, as the audit log names them. */
export async function requestJob(
  client: Queryable,
  kind: VisitorJob['kind'],
  visitorId: string,
  actor: string,
): Promise<string> {
  const { rows } = await client.query(requestStatement, [kind, visitorId, actor]);
  return requestedRow.parse(rows[0]).job_id;
}

/** @returns how many there were. */
export async function forgetExports(client: Queryable, visitorId: string): Promise<number> {
  const { rows } = await client.query(forgetStatement, [visitorId]);
  return deletedRow.parse(rows[0]).deleted;
}

export interface ArchivePart {
  readonly jobId: string;
  readonly bytes: Buffer;
  readonly part: number;
  readonly parts: number;
}

/**
 * A part of an export that is done; null when none is. A part beyond the last is empty.
 * @param jobId which export; the newest without it.
 */
export async function readArchive(
  client: Queryable,
  { tenantHk }: Tenant,
  visitorId: string,
  part: number,
  jobId: string | null,
): Promise<ArchivePart | null> {
  const first = (part - 1) * PART_BYTES + 1;
  const { rows } = await client.query(readArchiveStatement, [visitorId, tenantHk, first, PART_BYTES, jobId]);
  const [row] = z.array(archiveRow).parse(rows);
  if (row === undefined) return null;
  return { jobId: row.job_id, bytes: row.bytes, part, parts: Math.ceil(row.archive_bytes / PART_BYTES) };
}

export async function readHeld(
  client: Queryable,
  { tenantId, tenantHk }: Tenant,
  visitorId: string,
): Promise<VisitorAnswer['data']['held']> {
  const { rows } = await client.query(readHeldStatement, [visitorId, tenantId, tenantHk]);
  return z.array(heldRow).parse(rows)[0] ?? null;
}
