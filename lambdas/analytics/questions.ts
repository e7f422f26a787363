import * as z from 'zod';
import { readCursor, writeCursor } from '../api/cursor.ts';
import { answer, type HttpAnswer } from '../platform/http.ts';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { wantsCsv } from './accept.ts';
import { answers, type Data, type Topic, topics } from './answers.ts';
import { csvOf } from './csv-answer.ts';
import { type QuestionRoute, topicOf } from './operations.ts';
import { type Position, positionOf } from './position.ts';
import { boundTo, filtersOf, type Question, readQuestion } from './question.ts';
import { liveRange, type Range, readRange } from './range.ts';
import { unfit } from './refusals.ts';

const statements = new Map(topics.map((topic) => [topic, readStatement(`analytics/${topic}`)]));

const answerRow = z.object({
  answer: z.record(z.string(), z.unknown()),
  began_at: z.string().optional(),
  session_key: z.string().optional(),
});
type AnswerRow = z.infer<typeof answerRow>;

/** Hours are for a month at the most, and cohorts grow with the square of their periods. */
const HOURLY_DAYS = 31;
const PERIODS = 100;
const daysOf = { day: 1, week: 7, month: 28 } as const;

/**
 * Answers one of the analytics questions, as JSON or as CSV.
 * @param client a transaction that acts for the tenant: see inTenant.
 * @param query the parameters as they arrived; several values of one are joined with commas.
 * @param accept the Accept header.
 * @throws Problem 400 or 404 for a question that cannot be answered; it says what to change.
 */
export async function answerQuestion(
  route: QuestionRoute,
  client: Queryable,
  tenant: Tenant,
  query: Readonly<Record<string, string | undefined>>,
  accept: string | undefined,
): Promise<HttpAnswer> {
  const topic = topicOf[route];
  const question = readQuestion(topic, query);
  const { timeZone, days, range, earlier } = await readRange(client, tenant, question, question.compare);
  refuseTooMany(topic, question, days);
  const now = new Date();
  const asked = topic === 'live' ? liveRange(now) : range;
  const cursorOf = { tenant, question: boundTo(topic, question) };
  const position =
    question.cursor === undefined ? null : readCursor(cursorOf, positionOf(topic), question.cursor);
  const isCsv = wantsCsv(accept);
  // CSV has one list, so only the overview has room for what it compares with.
  const isCompared = earlier !== null && position === null && (!isCsv || topic === 'overview');

  const found = await ask(client, topic, tenant, question, timeZone, asked, position);
  const before = isCompared ? await ask(client, topic, tenant, question, timeZone, earlier, null) : null;

  const result = resultOf(topic, found, question.limit);
  const { data } = answers[topic].parse({
    success: true,
    data: {
      ...result,
      nextCursor: nextCursor(found),
      ...(before !== null && {
        comparison: { ...resultOf(topic, before, question.limit), dateRange: earlier },
      }),
      dateRange: asked,
      metadata: {
        tenant_id: tenant.tenantId,
        site: question.site ?? null,
        time_zone: timeZone,
        filters: filtersOf(question, query),
        generated_at: now.toISOString(),
        rows: result.rows?.length ?? 1,
      },
    },
  });
  return isCsv ? asCsv(topic, data, query) : answer(200, { success: true, data });

  function nextCursor(rows: readonly AnswerRow[]): string | null {
    const last = rows[question.limit - 1];
    if (rows.length <= question.limit || last === undefined) return null;
    const at: Position =
      last.began_at === undefined || last.session_key === undefined
        ? [passedOver(position) + question.limit]
        : [last.began_at, last.session_key];
    return writeCursor(cursorOf, at);
  }
}

const passedOver = (position: Position | null): number => (position?.length === 1 ? position[0] : 0);

async function ask(
  client: Queryable,
  topic: Topic,
  { tenantHk }: Tenant,
  question: Question,
  timeZone: string,
  range: Range,
  position: Position | null,
): Promise<AnswerRow[]> {
  const list = [question.limit + 1, passedOver(position)];
  const [beganAt, sessionKey] = position?.length === 2 ? position : [null, null];
  const steps = question.steps?.map((step) => step.split(/:(.*)/s));
  const more: Readonly<Record<Topic, readonly unknown[]>> = {
    overview: [],
    timeseries: [timeZone, question.granularity],
    pages: list,
    sources: list,
    devices: [...list, question.by],
    events: list,
    sessions: [
      question.limit + 1,
      timeZone,
      beganAt,
      sessionKey === null ? null : Buffer.from(sessionKey, 'hex'),
    ],
    items: list,
    funnel: [steps?.map(([kind]) => kind), steps?.map(([, name]) => name)],
    paths: [...list, question.length],
    retention: [timeZone, question.granularity],
    live: [],
  };
  const { rows } = await client.query(statements.get(topic) ?? '', [
    tenantHk,
    question.site,
    range.fromTime,
    range.untilTime,
    question.bot,
    question.page,
    question.event,
    question.item,
    question.country,
    question.channel,
    question.source,
    question.campaign,
    question.device,
    question.browser,
    question.os,
    ...more[topic],
  ]);
  return z.array(answerRow).parse(rows);
}

/** The answer's own members, of what a statement found for one range. */
function resultOf(
  topic: Topic,
  found: readonly AnswerRow[],
  limit: number,
): Record<string, unknown> & { rows?: unknown[] } {
  const [first, ...rest] = found.map((row) => row.answer);
  if (topic === 'overview') return { ...first };
  if (topic === 'live') return { ...first, rows: z.array(z.unknown()).parse(first?.rows) };
  if (topic === 'timeseries') return { totals: first, rows: rest };
  const isListed = 'nextCursor' in answers[topic].shape.data.shape;
  const rows = found.map((row) => row.answer);
  return { rows: isListed ? rows.slice(0, limit) : rows };
}

function refuseTooMany(topic: Topic, { granularity }: Question, days: number): void {
  if (granularity === 'hour' && days > HOURLY_DAYS) {
    throw unfit('granularity', `Ask by hour for at most ${HOURLY_DAYS} days.`);
  }
  if (topic === 'retention' && granularity !== undefined && granularity !== 'hour') {
    if (days > PERIODS * daysOf[granularity]) {
      throw unfit('granularity', `Ask for at most ${PERIODS} periods: longer ones, or fewer days.`);
    }
  }
}

function asCsv(topic: Topic, data: Data, query: Readonly<Record<string, string | undefined>>): HttpAnswer {
  const { from, to } = data.dateRange;
  const next = 'nextCursor' in data ? data.nextCursor : null;
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${topic}_${from.slice(0, 10)}_${to.slice(0, 10)}.csv"`,
      'cache-control': 'no-store',
      ...(next !== null && { link: `<?${nextQuery(query, next)}>; rel="next"` }),
    },
    body: csvOf(topic, data),
  };
}

function nextQuery(query: Readonly<Record<string, string | undefined>>, cursor: string): string {
  const next = new URLSearchParams({ cursor });
  for (const [name, value] of Object.entries(query)) {
    if (name !== 'cursor' && value !== undefined) next.set(name, value);
  }
  return next.toString();
}
