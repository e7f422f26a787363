import type * as z from 'zod';
import type { Topic } from './answers.ts';
import { type Comparison, defaultLimit, filterNames, type Parameters, parameters } from './parameters.ts';
import { malformed } from './refusals.ts';

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
  const read: z.ZodSafeParseResult<Parameters & Partial<Question>> = parameters[topic].safeParse(query);
  if (!read.success) throw malformed(read.error.issues);
  return { limit: defaultLimit, compare: 'none', ...read.data };
}

/** The filters that a question was asked with. */
export const filtersOf = (question: Question): Record<string, unknown> =>
  Object.fromEntries(
    filterNames.flatMap((name) => (question[name] === undefined ? [] : [[name, question[name]]])),
  );
