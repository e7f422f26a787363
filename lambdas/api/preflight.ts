import * as z from 'zod';
import type { HttpAnswer, HttpRequest } from '../platform/http.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { readStatement } from '../platform/statement.ts';
import { corsHeaders } from '../tenancy/origins.ts';

const isKnownOrigin = readStatement('is_known_origin');
const knownRow = z.object({ is_known: z.boolean() });

/** Seconds a browser may believe the answer; the call itself is checked each time. */
const BELIEVED_FOR = 600;
/** Milliseconds an origin is remembered, so that page loads ask nothing. */
const REMEMBERED_FOR = 20_000;
const REMEMBERED_ORIGINS = 5_000;
const LONGEST_ORIGIN = 300;

/**
 * Answers what a browser asks before a call to another origin. It sends no token then, so all that can be said is whether any
 * site allows the origin; the call is judged by its own token.
 */
export function createPreflight(database: Queryable) {
  const remembered = new Map<string, { isKnown: boolean; until: number }>();

  async function isKnown(origin: string): Promise<boolean> {
    const known = remembered.get(origin);
    if (known !== undefined && known.until > Date.now()) return known.isKnown;
    const { rows } = await database.query(isKnownOrigin, [origin]);
    const { is_known } = knownRow.parse(rows[0]);
    if (remembered.size >= REMEMBERED_ORIGINS) remembered.clear();
    remembered.set(origin, { isKnown: is_known, until: Date.now() + REMEMBERED_FOR });
    return is_known;
  }

  /** @throws Problem 403 for an origin that no site allows. */
  return async function preflight({ headers }: HttpRequest): Promise<HttpAnswer> {
    const { origin } = headers;
    if (
      origin === undefined ||
      origin === 'null' ||
      origin.length > LONGEST_ORIGIN ||
      !(await isKnown(origin))
    ) {
      throw new Problem(403, 'origin_not_allowed', 'No site allows calls from this origin.');
    }
    return {
      statusCode: 204,
      headers: {
        ...corsHeaders(origin),
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers':
          'Authorization, X-Customer-ID, Content-Type, Content-Encoding, Accept',
        'access-control-max-age': String(BELIEVED_FOR),
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      },
      body: '',
    };
  };
}
