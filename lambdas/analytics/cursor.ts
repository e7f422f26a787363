import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import type { Topic } from './answers.ts';
import type { Question } from './question.ts';

/** Where a list goes on: after so many rows or, for sessions, behind the one with this begin and key (hexadecimal). */
const position = z.union([
  z.tuple([z.int().positive()]),
  z.tuple([z.string(), z.string().regex(/^[0-9a-f]{40}$/)]),
]);
export type Position = z.infer<typeof position>;

const cursor = z.tuple([z.string(), position]);

/** What a cursor belongs to: a tenant, a question and everything it was asked with but for the number of rows. */
export interface Asked {
  readonly tenant: Tenant;
  readonly topic: Topic;
  readonly query: Question;
}

function seal({ tenant, topic, query }: Asked, at: Position): string {
  const { cursor: _cursor, limit: _limit, ...asked } = query;
  const parameters = Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([tenant.tenantHk.toString('hex'), topic, parameters, at]))
    .digest('base64url')
    .slice(0, 22);
}

/**
 * Names a position for the caller to send back. The seal holds it together with the tenant and the question, so that a cursor that
 * was cut, mixed up, or taken from another tenant is refused. It is no secret, and nothing rests on it being one: who forges
 * a cursor of his own chooses where in his own rows to begin, and row-level security keeps everybody else's from him.
 */
export const writeCursor = (asked: Asked, at: Position): string =>
  Buffer.from(JSON.stringify([seal(asked, at), at])).toString('base64url');

/** @throws Problem 400 `invalid_cursor` for anything but a cursor of this question by this tenant. */
export function readCursor(asked: Asked, text: string): Position {
  const read = cursor.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!read.success || seal(asked, read.data[1]) !== read.data[0]) {
    throw new Problem(
      400,
      'invalid_cursor',
      'Send the nextCursor of the answer before, with the same parameters but for limit; leave cursor out to begin.',
      { pointer: '/cursor' },
    );
  }
  return read.data[1];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
