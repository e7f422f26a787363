import type pg from 'pg';
import * as z from 'zod';
import { type QuestionRoute, topicOf } from '../../lambdas/analytics/operations.ts';
import { answerQuestion } from '../../lambdas/analytics/questions.ts';
import type { HttpAnswer } from '../../lambdas/platform/http.ts';
import { inTenant, type Queryable, type Tenant } from '../../lambdas/platform/postgres.ts';

type Query = Readonly<Record<string, string>>;

const answer = z.object({
  success: z.literal(true),
  data: z.looseObject({
    metadata: z.looseObject({ rows: z.int() }),
    rows: z.array(z.record(z.string(), z.unknown())).optional(),
    nextCursor: z.string().nullable().optional(),
  }),
});
type AnswerData = z.infer<typeof answer>['data'];

const routes = Object.keys(topicOf).filter((route): route is QuestionRoute => route in topicOf);

/** Whether the answer is a list that is read page by page. */
export const isListed = (topic: string): boolean =>
  !['overview', 'timeseries', 'funnel', 'retention', 'live'].includes(topic);

/** Asks in a transaction of the tenant. */
export function send(
  client: Queryable,
  caller: Tenant,
  topic: string,
  query: Query,
  accept = 'application/json',
): Promise<HttpAnswer> {
  const route = routes.findLast((candidate) => topicOf[candidate] === topic);
  if (route === undefined) throw new Error(`Nothing answers ${topic}.`);
  return answerQuestion(route, client, caller, query, accept);
}

export const dataOf = ({ body }: HttpAnswer): AnswerData => answer.parse(JSON.parse(body)).data;

/** Asks as the function does. */
export const ask = async (pool: pg.Pool, caller: Tenant, topic: string, query: Query): Promise<AnswerData> =>
  dataOf(await inTenant(pool, caller, (client) => send(client, caller, topic, query)));

/** The lines of an answer in CSV, each cell as it was before it was quoted. */
export async function askCsv(
  pool: pg.Pool,
  caller: Tenant,
  topic: string,
  query: Query,
): Promise<string[][]> {
  const { body } = await inTenant(pool, caller, (client) => send(client, caller, topic, query, 'text/csv'));
  return body
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) =>
      [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
}
