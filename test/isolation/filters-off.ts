import type pg from 'pg';
import { vi } from 'vitest';
import * as z from 'zod';
import type { HttpRequest } from '../../lambdas/platform/http.ts';
import type { Tenant } from '../../lambdas/platform/postgres.ts';

/** A condition that compares a row's tenant with the one that is asked for. */
const FILTER = /(?:\w+\.)?\btenant_(?:hk|id) = (?:\$\d+|(?:\w+\.)?tenant\b(?![._]))/g;

/** The same text with every filter kept in its place, and letting every tenant through. */
export function withoutFilters(text: string): { readonly text: string; readonly filters: number } {
  let filters = 0;
  const opened = text.replace(FILTER, (filter) => {
    filters += 1;
    return `(${filter} OR true)`;
  });
  return { text: opened, filters };
}

const functionRow = z.object({ name: z.string(), text: z.string() });

/** Takes the filters out of every function of a database; answers with the names of those that had one. */
export async function openFunctions(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT oid::regproc::text AS name, pg_get_functiondef(oid) AS text
     FROM pg_proc
     WHERE pronamespace IN (
         'analytics'::regnamespace, 'api'::regnamespace, 'staging'::regnamespace, 'business'::regnamespace, 'raw'::regnamespace
       )
       AND prokind = 'f'
     ORDER BY 1`,
  );
  const opened: string[] = [];
  for (const { name, text } of z.array(functionRow).parse(rows)) {
    const { text: open, filters } = withoutFilters(text);
    if (filters === 0) continue;
    await pool.query(open);
    opened.push(name);
  }
  // The marts show the tenant that is acted for.
  await pool.query(
    'CREATE OR REPLACE FUNCTION analytics.shown_tenant() RETURNS bytea LANGUAGE sql STABLE RETURN NULL::bytea',
  );
  return [...opened, 'analytics.shown_tenant'];
}

const statementModule = '../../lambdas/platform/statement.ts';

/** What callers ask, as the functions load it: with the statements as they are, or with their filters taken out. */
export async function loadSurface({ isOpen }: { readonly isOpen: boolean }) {
  const opened = new Map<string, number>();
  vi.resetModules();
  vi.doMock(statementModule, async (importActual) => {
    const actual = await importActual<typeof import('../../lambdas/platform/statement.ts')>();
    return {
      ...actual,
      readStatement: (name: string): string => {
        const whole = actual.readStatement(name);
        if (!isOpen) return whole;
        const { text, filters } = withoutFilters(whole);
        opened.set(name, filters);
        return text;
      },
    };
  });
  try {
    const { answerQuestion } = await import('../../lambdas/analytics/questions.ts');
    const { answerState } = await import('../../lambdas/pipeline-state/answer-state.ts');
    const { answerLedger } = await import('../../lambdas/pipeline-state/ledger.ts');
    const { inTenant } = await import('../../lambdas/platform/postgres.ts');
    const { createSaltKeeper } = await import('../../lambdas/tenancy/visitor-salts.ts');
    const { createKeyKeeper } = await import('../../lambdas/tenancy/visitor-keys.ts');
    const { answerVisitors } = await import('../../lambdas/visitors/answer-visitors.ts');
    return {
      answerQuestion,
      answerState,
      answerLedger,
      answerVisitors,
      inTenant,
      createSaltKeeper,
      createKeyKeeper,
      opened,
    };
  } finally {
    vi.doUnmock(statementModule);
    // The next file of this worker must not find what was loaded with the mock.
    vi.resetModules();
  }
}
export type Surface = Awaited<ReturnType<typeof loadSurface>>;

/** A request as the gateway hands it over. */
export const requestOf = (
  routeKey: string,
  queryStringParameters: Record<string, string> = {},
  pathParameters: Record<string, string> = {},
): HttpRequest => ({
  routeKey,
  headers: {},
  pathParameters,
  queryStringParameters,
  body: '',
  isBase64Encoded: false,
  requestContext: { requestId: '', http: { sourceIp: '198.51.100.7' } },
});

/** What differs between two moments of one answer. */
const CLOCKS = new Set([
  'generated_at',
  'as_of',
  'oldest_seconds',
  'staging_seconds',
  'business_seconds',
  'oldest_pending',
]);

const withoutClocks = (body: string): string =>
  JSON.stringify(JSON.parse(body), (key, value: unknown) => (CLOCKS.has(key) ? undefined : value));

/** What a question is answered with, or the code of its refusal. */
async function answerTo(ask: () => Promise<{ readonly body: string }>): Promise<string> {
  try {
    return withoutClocks((await ask()).body);
  } catch (error) {
    const { code } = z.object({ code: z.string() }).parse(error);
    return code;
  }
}

/** What was answered, by what was asked. */
export type Answers = ReadonlyMap<string, string>;

/** Asks everything that a tenant can ask. */
export async function everyAnswer(
  surface: Surface,
  pool: pg.Pool,
  tenant: Tenant,
  questions: readonly Question[],
  events: readonly string[],
): Promise<Answers> {
  const answers = new Map<string, string>();
  for (const { route, query } of questions)
    answers.set(
      `${route} ${new URLSearchParams(query)}`,
      await answerTo(() =>
        surface.inTenant(pool, tenant, (client) =>
          surface.answerQuestion(route, client, tenant, query, undefined),
        ),
      ),
    );
  answers.set(
    'GET /api/v1/ledger',
    await answerTo(() =>
      surface.inTenant(pool, tenant, (client) => surface.answerLedger(client, tenant, {}, undefined)),
    ),
  );
  const parts = { pool, readDepths: () => Promise.resolve([]) };
  for (const route of ['GET /api/v1/track/status', 'GET /api/v1/track/dashboard'] as const)
    answers.set(route, await answerTo(() => surface.answerState(route, parts, tenant, requestOf(route))));
  for (const id of events) {
    const route = 'GET /api/v1/events/{id}/lineage';
    answers.set(
      `${route} ${id}`,
      await answerTo(() => surface.answerState(route, parts, tenant, requestOf(route, {}, { id }))),
    );
  }
  return answers;
}

export interface Question {
  readonly route: Parameters<Surface['answerQuestion']>[0];
  readonly query: Record<string, string>;
}
