import * as z from 'zod';
import type { AnswerHeader, Operation } from '../api/operation.ts';
import type { AnalyticsRoute } from '../platform/routes.ts';
import { pageFiles, referencePage } from './reference-page.ts';

const header = (description: string, example: string): AnswerHeader => ({
  description,
  required: true,
  schema: { type: 'string' },
  example,
});

const cacheHeaders = {
  'Cache-Control': header('How long the answer may be kept.', 'public, max-age=300'),
  ETag: header('The version of the answer, for `If-None-Match`.', '"GfCPBNBWSqN8LSAJ"'),
};

const notModified = {
  description: 'The version that `If-None-Match` names is still the current one.',
  headers: cacheHeaders,
  content: {},
};

const file = z.string();

/** The calls that describe the others. */
export const descriptionOperations = {
  'GET /openapi.json': {
    operationId: 'getDescription',
    summary: 'Get this description',
    description: 'OpenAPI 3.1, made of the schemas that the service validates with. Needs no token.',
    tag: 'description',
    scope: null,
    answers: {
      200: {
        description: 'The description.',
        headers: cacheHeaders,
        content: {
          'application/json': {
            schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
            example: { openapi: '3.1.0', info: {}, paths: {} },
          },
        },
      },
      304: notModified,
    },
    problems: [],
  },
  'GET /docs': {
    operationId: 'getReference',
    summary: 'Read this description as a page',
    description: 'A page that loads nothing from elsewhere. Needs no token.',
    tag: 'description',
    scope: null,
    answers: {
      200: {
        description: 'The page.',
        headers: {
          ...cacheHeaders,
          'Content-Security-Policy': header(
            'What the page may load: files of this endpoint.',
            "default-src 'none'",
          ),
        },
        content: { 'text/html': { schema: z.string(), example: referencePage } },
      },
      304: notModified,
    },
    problems: [],
  },
  'GET /docs/{file}': {
    operationId: 'getReferenceFile',
    summary: 'Get a file of the reference page',
    description: 'Needs no token.',
    tag: 'description',
    scope: null,
    path: z.object({
      file: z
        .enum([...pageFiles.keys()])
        .meta({ description: 'The name of the file.', example: 'swagger-ui.css' }),
    }),
    answers: {
      200: {
        description: 'The file.',
        headers: cacheHeaders,
        content: {
          'text/css': { schema: file, example: '.swagger-ui { color: #3b4151 }' },
          'text/javascript': { schema: file, example: 'SwaggerUIBundle({})' },
        },
      },
      304: notModified,
    },
    problems: ['not_found'],
  },
} as const satisfies Partial<Record<AnalyticsRoute, Operation>>;

export type DescriptionRoute = keyof typeof descriptionOperations;
