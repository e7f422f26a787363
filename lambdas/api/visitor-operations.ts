import * as z from 'zod';
import { limits } from '../event/limits.ts';
import type { RouteKey } from '../platform/routes.ts';
import type { Operation } from './operation.ts';

const instant = z.iso.datetime();
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const link = z.string().meta({ description: 'A path of this API.' });

const archive = z
  .object({
    bytes: count,
    sha256,
    expires_at: instant.meta({ description: 'When it is deleted.' }),
    parts: z
      .array(link)
      .min(1)
      .meta({ description: 'Where its bytes are, in order. A part has 4 MiB at the most.' }),
  })
  .meta({ id: 'ExportArchive', description: 'A ZIP file of JSON lines with a signed `manifest.json`.' });

const certificate = z
  .looseObject({ format: z.literal('onevault-erasure-1'), erased_at: instant, visitor_mark: sha256 })
  .meta({
    id: 'ErasureCertificate',
    description: 'What was done, signed: `signature` is over the canonical JSON of all other members.',
  });

const job = z
  .object({
    job_id: z.uuid(),
    kind: z.enum(['export', 'erasure']),
    status: z.enum(['waiting', 'running', 'done', 'failed']),
    requested_at: instant,
    finished_at: instant.nullable(),
    archive: archive.nullable().meta({ description: 'Of an export that is done and not deleted yet.' }),
    certificate: certificate.nullable().meta({ description: 'Of an erasure that is done.' }),
  })
  .meta({ id: 'VisitorJob', description: 'An export or an erasure that was asked for.' });

const jobAnswer = z
  .object({
    success: z.literal(true),
    job,
    links: z.object({ status: link, visitor: link }),
  })
  .meta({ id: 'VisitorJobAnswer' });

const visitorAnswer = z
  .object({
    success: z.literal(true),
    data: z.object({
      held: z
        .object({
          events: count,
          sessions: count,
          page_views: count,
          first_event_at: instant,
          last_event_at: instant,
        })
        .nullable()
        .meta({ description: 'What the vault counts of the visitor; null when it has nothing.' }),
      jobs: z.array(job).max(20).meta({ description: 'What was asked for, the newest first.' }),
    }),
  })
  .meta({ id: 'Visitor' });

const deletedAnswer = z
  .object({
    success: z.literal(true),
    deleted: count.meta({ description: 'Exports that were there, made or not.' }),
  })
  .meta({ id: 'DeletedExports' });

export type VisitorJob = z.infer<typeof job>;
export type VisitorJobAnswer = z.infer<typeof jobAnswer>;
export type VisitorAnswer = z.infer<typeof visitorAnswer>;
export type DeletedExports = z.infer<typeof deletedAnswer>;

export const visitorPath = z.strictObject({
  id: z.string().min(1).max(limits.identifierLength).meta({
    description: 'The visitor’s id as it was sent, URL-encoded, or the pseudonym that the vault has instead.',
    example: 'vis_1',
  }),
});

export const archiveQuery = z.strictObject({
  part: z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value),
      z.int().min(1),
    )
    .default(1)
    .meta({ description: 'Of a ZIP file that is asked for: which part.' }),
  job: z
    .uuid()
    .optional()
    .meta({ description: 'Of which export, so that all parts are of one file; the newest without it.' }),
});

const exampleTime = '2026-01-31T08:00:00.000Z';
const exampleHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const exampleLinks = { status: '/api/v1/visitors/vis_1/export', visitor: '/api/v1/visitors/vis_1' };
const exampleJob: VisitorJob = {
  job_id: '0190a0b0-c0d0-4000-8000-00000000f001',
  kind: 'export',
  status: 'waiting',
  requested_at: exampleTime,
  finished_at: null,
  archive: null,
  certificate: null,
};
const exampleExport: VisitorJob = {
  ...exampleJob,
  status: 'done',
  finished_at: exampleTime,
  archive: {
    bytes: 2_048,
    sha256: exampleHash,
    expires_at: '2026-02-07T08:00:00.000Z',
    parts: ['/api/v1/visitors/vis_1/export?job=0190a0b0-c0d0-4000-8000-00000000f001&part=1'],
  },
};
const exampleErasure: VisitorJob = {
  ...exampleJob,
  kind: 'erasure',
  status: 'done',
  finished_at: exampleTime,
  certificate: { format: 'onevault-erasure-1', erased_at: exampleTime, visitor_mark: exampleHash },
};

const accepted = (description: string, example: VisitorJobAnswer) => ({
  202: { description, content: { 'application/json': { schema: jobAnswer, example } } },
});

const common = { tag: 'visitors', scope: 'visitors:manage', path: visitorPath } as const;

/** What visitors have a right to: to get what is known of them, and to have it erased. */
export const visitorOperations = {
  'POST /api/v1/visitors/{id}/export': {
    ...common,
    operationId: 'requestExport',
    summary: 'Ask for everything that is known of a visitor',
    description:
      'Answers with the job that will make it, the same as long as one is open. It runs within a minute or two; what it makes is kept for seven days. Of a visitor who is not known an empty export is made.',
    answers: accepted('The job is noted.', { success: true, job: exampleJob, links: exampleLinks }),
    problems: ['invalid_visitor'],
  },
  'GET /api/v1/visitors/{id}/export': {
    ...common,
    operationId: 'readExport',
    summary: 'Read how far an export is, or get it',
    description:
      'As JSON the newest export and where its parts are; for `Accept: application/zip` one part of it, or of the newest that is done. All parts put together in order are the ZIP file.',
    query: archiveQuery,
    answers: {
      200: {
        description: 'The state of the export, or a part of it.',
        content: {
          'application/json': {
            schema: jobAnswer,
            example: { success: true, job: exampleExport, links: exampleLinks } satisfies VisitorJobAnswer,
          },
          'application/zip': { schema: z.string(), example: 'PK…' },
        },
      },
    },
    problems: [
      'invalid_visitor',
      'unknown_parameter',
      'invalid_part',
      'invalid_job',
      'unknown_export',
      'export_not_ready',
    ],
  },
  'DELETE /api/v1/visitors/{id}/export': {
    ...common,
    operationId: 'deleteExport',
    summary: 'Delete the exports of a visitor',
    description: 'Also those that are not made yet. Nothing else of the visitor is touched.',
    answers: {
      200: {
        description: 'They are gone.',
        content: {
          'application/json': {
            schema: deletedAnswer,
            example: { success: true, deleted: 1 } satisfies DeletedExports,
          },
        },
      },
    },
    problems: ['invalid_visitor'],
  },
  'GET /api/v1/visitors/{id}': {
    ...common,
    operationId: 'readVisitor',
    summary: 'Read what is held of a visitor, and what was asked for',
    description:
      'A visitor of another tenant is answered as one that does not exist. Of one who was erased the certificate is there for good.',
    answers: {
      200: {
        description: 'Counts, and the jobs of the visitor.',
        content: {
          'application/json': {
            schema: visitorAnswer,
            example: {
              success: true,
              data: {
                held: {
                  events: 12,
                  sessions: 2,
                  page_views: 8,
                  first_event_at: exampleTime,
                  last_event_at: exampleTime,
                },
                jobs: [exampleExport],
              },
            } satisfies VisitorAnswer,
          },
        },
      },
    },
    problems: ['invalid_visitor', 'unknown_visitor'],
  },
  'DELETE /api/v1/visitors/{id}': {
    ...common,
    operationId: 'eraseVisitor',
    summary: 'Erase a visitor',
    description:
      'Answers with the job that will do it, the same as long as one is open. It runs within a minute or two and cannot be taken back: what the visitor’s events say is gone for good, their exports as well, and no event under this id is stored ever again. `GET /api/v1/visitors/{id}` has the certificate.',
    answers: accepted('The job is noted.', {
      success: true,
      job: { ...exampleErasure, status: 'waiting', finished_at: null, certificate: null },
      links: { ...exampleLinks, status: exampleLinks.visitor },
    }),
    problems: ['invalid_visitor'],
  },
} as const satisfies Partial<Record<RouteKey, Operation>>;

export type VisitorRoute = keyof typeof visitorOperations;
