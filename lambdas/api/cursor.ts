import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Tenant } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';

/** A time as a cursor holds it: in UTC, and one that Postgres has too. */
export const cursorTime = z.iso.datetime().regex(/^[1-9]/);

/** What a cursor belongs to: a tenant, and what was asked but for the number of rows. */
export interface Asked {
  readonly tenant: Tenant;
  readonly question: readonly unknown[];
}

const sealed = z.tuple([z.string(), z.unknown()]);

const seal = ({ tenant, question }: Asked, at: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([tenant.tenantHk.toString('hex'), question, at]))
    .digest('base64url')
    .slice(0, 22);

/**
 * Names a position for the caller to send back. The seal holds it together with the tenant and the question, so that a cursor that
 * was cut, mixed up, or taken from another tenant is refused. It is no secret, and nothing rests on it being one: who forges
 * a cursor of his own chooses where in his own rows to begin, and row-level security keeps everybody else's from him.
 */
export const writeCursor = (asked: Asked, at: readonly unknown[]): string =>
  Buffer.from(JSON.stringify([seal(asked, at), at])).toString('base64url');

/**
 * @param position what this question's cursors hold; anybody can seal a cursor, so it lets through only what the database takes.
 * @throws Problem 400 `invalid_cursor` for anything but a cursor of this question by this tenant.
 */
export function readCursor<Position extends z.ZodType>(
  asked: Asked,
  position: Position,
  text: string,
): z.infer<Position> {
  const read = sealed.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  const at = position.safeParse(read.data?.[1]);
  if (!at.success || seal(asked, at.data) !== read.data?.[0]) {
    throw new Problem(
      400,
      'invalid_cursor',
      'Send the next cursor of the answer before, with the same parameters but for limit; leave cursor out to begin.',
      { pointer: '/cursor' },
    );
  }
  return at.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
