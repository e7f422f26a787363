import { type HttpAnswer, type HttpRequest, problemAnswer, readHttpRequest } from '../platform/http.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem, unavailable } from '../platform/problem.ts';
import { createAuditLog } from '../tenancy/audit.ts';
import {
  type Credentials,
  createAuthenticator,
  credentialsOf,
  requireScope,
  type TokenHolder,
} from '../tenancy/caller.ts';
import { admitOrigin } from '../tenancy/origins.ts';
import { createRateLimiter } from '../tenancy/rate-limit.ts';
import type { Scope } from '../tenancy/scope.ts';

/** One request on its way to an answer, with what has become known of it. */
export interface Call {
  readonly request: HttpRequest;
  /** Null until the caller is known. */
  caller: TokenHolder | null;
  /** Headers of the answer, whatever it will be. */
  headers: Record<string, string>;
  /** Whether it counts towards the caller's rate already. */
  isCounted: boolean;
}

interface Parts {
  readonly database: Queryable;
  readonly logger: Logger;
  /** Units a second of a token that has no rate of its own. */
  readonly defaultRate: number;
}

/** What every call passes: who is calling, may they, is it too much; and every refusal on its way out. */
export function createGate({ database, logger, defaultRate }: Parts) {
  const authenticate = createAuthenticator(database, logger);
  const spend = createRateLimiter(database, logger, defaultRate);
  const audit = createAuditLog(database, logger);

  const entryOf = ({ caller, request }: Call) => ({
    tenantHk: caller?.tenantHk ?? null,
    actor: caller === null ? 'anonymous' : `token:${caller.tokenId}`,
    action: request.routeKey,
    subject: null,
  });

  /**
   * Counts a call towards its caller's rate.
   * @param units events of a call that writes; 1 for any other.
   * @throws Problem 429 when the token has used up its rate.
   */
  async function count(call: Call, units = 1): Promise<void> {
    if (call.caller === null || call.isCounted) return;
    call.isCounted = true;
    const { isWithin, retryAfter, headers } = await spend(call.caller, Math.max(1, units));
    Object.assign(call.headers, headers);
    if (isWithin) return;
    throw new Problem(
      429,
      'rate_limited',
      'This token has used up its rate. Send the same again after the given time.',
      { headers: { 'retry-after': String(retryAfter) } },
    );
  }

  /**
   * Lets a caller in.
   * @throws Problem 400, 401 or 403.
   */
  async function admit(
    call: Call,
    scope: Scope,
    credentials: Credentials = credentialsOf(call.request.headers),
  ): Promise<TokenHolder> {
    const caller = await authenticate(credentials);
    call.caller = caller;
    Object.assign(call.headers, admitOrigin(caller, call.request.headers));
    requireScope(caller, scope);
    return caller;
  }

  async function refuse(call: Call, error: unknown): Promise<HttpAnswer> {
    const problem = error instanceof Problem ? error : unavailable();
    if (problem.status >= 500) {
      logger.error('request failed', { code: problem.code, cause: errorKind(error) });
    } else {
      logger.info('request refused', { code: problem.code, status: problem.status });
      await audit.record({ ...entryOf(call), outcome: 'refused', reason: problem.code });
    }
    return problemAnswer(problem);
  }

  return {
    admit,
    count,

    /** Notes an administrative call that was done, or why something was not stored. */
    note(call: Call, outcome: 'done' | 'refused', reason: string | null = null): Promise<void> {
      return audit.record({ ...entryOf(call), outcome, reason });
    },

    /** The handler of a function: answers an event of the gateway, a refusal or a failure included. */
    serve(work: (call: Call) => Promise<HttpAnswer>): (event: unknown) => Promise<HttpAnswer> {
      return async (event) => {
        const call: Call = { request: readHttpRequest(event), caller: null, headers: {}, isCounted: false };
        let answered: HttpAnswer;
        try {
          answered = await work(call);
        } catch (error) {
          // What is wrong with a request is found before what it holds is counted.
          const failure = await count(call).then(
            () => error,
            (refusal: unknown) => refusal,
          );
          answered = await refuse(call, failure);
        }
        return { ...answered, headers: { ...call.headers, ...answered.headers } };
      };
    },
  };
}

export type Gate = ReturnType<typeof createGate>;
