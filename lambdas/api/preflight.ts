import type { HttpAnswer, HttpRequest } from '../platform/http.ts';
import { Problem } from '../platform/problem.ts';
import { corsHeaders, type KnownOrigins } from '../tenancy/origins.ts';

/** Seconds a browser may believe the answer; the call itself is checked each time. */
const BELIEVED_FOR = 600;
/**
 * Answers what a browser asks before a call to another origin. It sends no token then, so all that can be said is whether any
 * site allows the origin; the call is judged by its own token.
 */
export function createPreflight(knownOrigins: KnownOrigins) {
  /** @throws Problem 403 for an origin that no site allows. */
  return async function preflight({ headers }: HttpRequest): Promise<HttpAnswer> {
    const { origin } = headers;
    if (origin === undefined || !(await knownOrigins.includes(origin))) {
      throw new Problem(403, 'origin_not_allowed', 'No site allows calls from this origin.');
    }
    return {
      statusCode: 204,
      headers: {
        ...corsHeaders(origin),
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers':
          'Authorization, X-Customer-ID, Content-Type, Content-Encoding, Accept, Traceparent',
        'access-control-max-age': String(BELIEVED_FOR),
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      },
      body: '',
    };
  };
}
