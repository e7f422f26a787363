import * as z from 'zod';
import type { RequestHeaders } from '../platform/http.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { ShortMemory } from '../platform/short-memory.ts';
import { readStatement } from '../platform/statement.ts';
import type { TokenHolder } from './caller.ts';

/** Headers of an answer that a page of another origin may read. */
const EXPOSED = 'RateLimit, RateLimit-Policy, Retry-After, X-Trace-Id';

/** Milliseconds an origin is remembered, so that page loads ask nothing. */
const REMEMBERED_FOR = 20_000;
const REMEMBERED_ORIGINS = 5_000;
const LONGEST_ORIGIN = 300;

const isKnownOrigin = readStatement('is_known_origin');
const knownRow = z.object({ is_known: z.boolean() });

/** The origins that any site or token allows: all that can be said of a page before its token is known. */
export function createKnownOrigins(database: Queryable) {
  const remembered = new ShortMemory<boolean>(REMEMBERED_ORIGINS);
  const canBeKnown = (origin: string) => origin !== 'null' && origin.length <= LONGEST_ORIGIN;

  return {
    /** @throws when the database does not answer. */
    async includes(origin: string): Promise<boolean> {
      if (!canBeKnown(origin)) return false;
      const known = remembered.recall(origin);
      if (known !== undefined) return known;
      const { rows } = await database.query(isKnownOrigin, [origin]);
      const { is_known } = knownRow.parse(rows[0]);
      remembered.remember(origin, is_known, Date.now() + REMEMBERED_FOR);
      return is_known;
    },

    /** As last heard, for when the database cannot be asked. */
    included: (origin: string): boolean => remembered.recallStale(origin) ?? false,
  };
}
export type KnownOrigins = ReturnType<typeof createKnownOrigins>;

/** What a page of an allowed origin needs to read the answer. Credentials are never allowed: tokens are no cookies. */
export const corsHeaders = (origin: string): Record<string, string> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': EXPOSED,
  vary: 'origin',
});

/**
 * Checks where a call comes from. One without an `Origin` comes from no page, or from a page of this very endpoint.
 * @returns the headers that let the page read the answer.
 * @throws Problem 403 for a page that may not call with this token.
 */
export function admitOrigin(holder: TokenHolder, headers: RequestHeaders): Record<string, string> {
  const { origin } = headers;
  // Every browser says where a request comes from, and no server does; Node's fetch sends Sec-Fetch-Mode alone.
  const isBrowser = origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if (isBrowser && (holder.kind === 'secret' || holder.kind === 'admin')) {
    throw new Problem(
      403,
      'token_not_for_browsers',
      'This token must stay on a server: everybody can read what a page sends. Use a public or a read token there.',
    );
  }
  if (origin === undefined || (holder.kind === 'read' && isOwnOrigin(origin, headers))) return {};
  // "null" stands for pages without an origin, such as sandboxed frames: anybody can make one.
  if (origin !== 'null' && (holder.origins.includes(origin) || holder.origins.includes('*')))
    return corsHeaders(origin);
  throw new Problem(
    403,
    'origin_not_allowed',
    'This token may not be used from this origin. Allow the origin for the site or the token.',
  );
}

function isOwnOrigin(origin: string, headers: RequestHeaders): boolean {
  return headers['sec-fetch-site'] === 'same-origin' || URL.parse(origin)?.host === headers.host;
}
