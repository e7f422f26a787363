import { readQuery } from '../api/question.ts';
import type { Topic } from './answers.ts';
import { type Comparison, defaultLimit, filterNames, type Parameters, parameters } from './parameters.ts';
import { correctionOf } from './refusals.ts';

/** What any of the questions may be asked with, read and checked; what a question does not know is absent. */
export interface Question extends Parameters {
  readonly limit: number;
  readonly compare: Comparison;
  readonly cursor?: string | undefined;
  readonly granularity?: 'hour' | 'day' | 'week' | 'month';
  readonly by?: 'device' | 'browser' | 'os' | 'screen';
  readonly steps?: readonly string[];
  readonly length?: number;
}

/** @throws Problem 400 with a code of the first parameter that is unknown or does not fit. */
export function readQuestion(topic: Topic, query: Readonly<Record<string, string | undefined>>): Question {
  const read: Parameters & Partial<Question> = readQuery(parameters[topic], query, correctionOf);
  return { limit: defaultLimit, compare: 'none', ...read };
}

/** The filters that were asked for. */
export const filtersOf = (
  question: Question,
  query: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> =>
  Object.fromEntries(
    filterNames.flatMap((name) => (query[name] === undefined ? [] : [[name, question[name]]])),
  );

/** What a cursor is bound to: a question and everything it was asked with but for the number of rows. */
export function boundTo(topic: Topic, { cursor: _cursor, limit: _limit, ...asked }: Question): unknown[] {
  return [topic, Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))];
}
