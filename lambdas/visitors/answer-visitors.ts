import type * as z from 'zod';
import { readQuery } from '../api/question.ts';
import {
  archiveQuery,
  type DeletedExports,
  type VisitorAnswer,
  type VisitorJob,
  type VisitorJobAnswer,
  type VisitorRoute,
  visitorPath,
} from '../api/visitor-operations.ts';
import { storableText } from '../event/json-text.ts';
import { answer, type HttpAnswer, type HttpRequest } from '../platform/http.ts';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { findJobs, forgetExports, pathOf, readArchive, readHeld, requestJob } from './visitor-jobs.ts';

/** A column holds a gibibyte, so no archive has so many parts. */
const MOST_PARTS = 257;

/**
 * Answers what is asked for a visitor, in a transaction that acts for the tenant.
 * @param actor who asks, as the audit log names them.
 * @throws Problem 400, 404 or 409.
 */
export async function answerVisitors(
  route: VisitorRoute,
  client: Queryable,
  tenant: Tenant,
  actor: string,
  { pathParameters, queryStringParameters, headers }: HttpRequest,
): Promise<HttpAnswer> {
  const visitorId = readVisitorId(pathParameters);
  switch (route) {
    case 'POST /api/v1/visitors/{id}/export':
    case 'DELETE /api/v1/visitors/{id}': {
      const kind = route === 'DELETE /api/v1/visitors/{id}' ? 'erasure' : 'export';
      const jobId = await requestJob(client, kind, visitorId, actor);
      const jobs = await findJobs(client, tenant, visitorId);
      return jobAnswer(
        202,
        visitorId,
        jobs.find(({ job_id }) => job_id === jobId),
      );
    }
    case 'GET /api/v1/visitors/{id}/export': {
      const chosen = readQuery(archiveQuery, queryStringParameters);
      if (headers.accept?.includes('application/zip')) return zipAnswer(client, tenant, visitorId, chosen);
      const jobs = await findJobs(client, tenant, visitorId);
      return jobAnswer(
        200,
        visitorId,
        jobs.find(({ kind }) => kind === 'export'),
      );
    }
    case 'DELETE /api/v1/visitors/{id}/export': {
      const deleted = await forgetExports(client, visitorId);
      return answer(200, { success: true, deleted } satisfies DeletedExports);
    }
    case 'GET /api/v1/visitors/{id}': {
      const held = await readHeld(client, tenant, visitorId);
      const jobs = await findJobs(client, tenant, visitorId);
      if (held === null && jobs.length === 0) {
        throw new Problem(
          404,
          'unknown_visitor',
          'The tenant has no visitor with this id, and nothing was asked for one.',
        );
      }
      return answer(200, { success: true, data: { held, jobs } } satisfies VisitorAnswer);
    }
  }
}

/** The id as events would have it. */
function readVisitorId(pathParameters: HttpRequest['pathParameters']): string {
  const read = visitorPath.safeParse(pathParameters);
  if (read.success) return storableText(read.data.id);
  throw new Problem(
    400,
    'invalid_visitor',
    'The id of a visitor has 1 to 255 characters, URL-encoded in the path.',
    { pointer: '/id' },
  );
}

function jobAnswer(status: 200 | 202, visitorId: string, job: VisitorJob | undefined): HttpAnswer {
  if (job === undefined) {
    throw new Problem(404, 'unknown_export', 'No export was asked for: POST to this path asks for one.');
  }
  const visitor = pathOf(visitorId);
  return answer(status, {
    success: true,
    job,
    links: { status: job.kind === 'export' ? `${visitor}/export` : visitor, visitor },
  } satisfies VisitorJobAnswer);
}

async function zipAnswer(
  client: Queryable,
  tenant: Tenant,
  visitorId: string,
  { part, job }: z.infer<typeof archiveQuery>,
): Promise<HttpAnswer> {
  const found = await readArchive(client, tenant, visitorId, Math.min(part, MOST_PARTS), job ?? null);
  if (found === null) {
    throw new Problem(409, 'export_not_ready', 'No export is ready: read its state as JSON, or ask for one.');
  }
  if (part > found.parts) {
    throw new Problem(400, 'invalid_part', `part is a whole number from 1 to ${found.parts}.`, {
      pointer: '/part',
    });
  }
  const suffix = found.parts === 1 ? '' : `.${String(part).padStart(3, '0')}`;
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="export-${found.jobId}.zip${suffix}"`,
      'cache-control': 'no-store',
    },
    body: found.bytes.toString('base64'),
    isBase64Encoded: true,
  };
}
