import * as z from 'zod';
import type { RouteKey } from '../platform/routes.ts';
import type { Operation } from './operation.ts';

const verdict = z.enum(['ok', 'failing']);

const healthAnswer = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const detailedAnswer = z
  .object({
    status: verdict,
    timestamp: z.iso.datetime(),
    checks: z.object({
      database: verdict.meta({ description: 'Whether the database answers.' }),
      queues: verdict.meta({
        description: 'Whether the queues answer. Events do not depend on them, nor does `status`.',
      }),
    }),
  })
  .meta({ id: 'DetailedHealth' });

const databaseAnswer = z
  .object({
    status: verdict,
    timestamp: z.iso.datetime(),
    migrations: z
      .object({ applied: z.int().min(0), expected: z.int().min(0) })
      .nullable()
      .meta({ description: 'Null when the database does not answer.' }),
    missing: z
      .array(z.string())
      .meta({ description: 'Objects that tracking needs and the database does not have.' }),
  })
  .meta({ id: 'DatabaseHealth' });

export type DetailedHealth = z.infer<typeof detailedAnswer>;
export type DatabaseHealth = z.infer<typeof databaseAnswer>;

const timestamp = '2026-01-31T08:00:00.000Z';
const json = (description: string, schema: z.ZodType, example: unknown) => ({
  description,
  content: { 'application/json': { schema, example } },
});

const common = { tag: 'health', scope: null, problems: [] } as const;

/** The calls that say whether the product works. They need no token and name nothing of any tenant. */
export const healthOperations = {
  'GET /health': {
    ...common,
    operationId: 'readHealth',
    summary: 'Say whether the API answers',
    description: 'Asks nothing but the function itself.',
    answers: { 200: json('It answers.', healthAnswer, { status: 'ok' }) },
  },
  'GET /health/detailed': {
    ...common,
    operationId: 'readDetailedHealth',
    summary: 'Say whether database and queues answer',
    description: 'Answers 503 when the database does not answer.',
    answers: {
      200: json('The database answers.', detailedAnswer, {
        status: 'ok',
        timestamp,
        checks: { database: 'ok', queues: 'ok' },
      } satisfies DetailedHealth),
      503: json('The database does not answer.', detailedAnswer, {
        status: 'failing',
        timestamp,
        checks: { database: 'failing', queues: 'ok' },
      } satisfies DetailedHealth),
    },
  },
  'GET /health/db': {
    ...common,
    operationId: 'readDatabaseHealth',
    summary: 'Say whether all objects and migrations are there',
    description: 'Answers 503 when one is missing or the database does not answer.',
    answers: {
      200: json('All are there.', databaseAnswer, {
        status: 'ok',
        timestamp,
        migrations: { applied: 12, expected: 12 },
        missing: [],
      } satisfies DatabaseHealth),
      503: json('Something is missing.', databaseAnswer, {
        status: 'failing',
        timestamp,
        migrations: { applied: 11, expected: 12 },
        missing: ['raw.site_tracking_requests_r_20260126'],
      } satisfies DatabaseHealth),
    },
  },
} as const satisfies Partial<Record<RouteKey, Operation>>;

export type HealthRoute = keyof typeof healthOperations;
