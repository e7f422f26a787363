import middy, { type Request } from '@middy/core';
import { type HttpAnswer, type HttpRequest, problemAnswer, readHttpRequest } from '../platform/http.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import type { MetricName } from '../platform/metric-names.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem, unavailable } from '../platform/problem.ts';
import { storingRoutes } from '../platform/routes.ts';
import { inTrace, readTraceparent, settleTraceId } from '../platform/trace.ts';
import { createAuditLog } from '../tenancy/audit.ts';
import {
  type Credentials,
  createAuthenticator,
  credentialsOf,
  requireScope,
  type TokenHolder,
} from '../tenancy/caller.ts';
import { admitOrigin, corsHeaders, createKnownOrigins } from '../tenancy/origins.ts';
import { createRateLimiter, type Rate } from '../tenancy/rate-limit.ts';
import type { Scope } from '../tenancy/scope.ts';
import { createRefusedEvents, RATE_LIMITED, type Refusals } from './refused-events.ts';

/** One request on its way to an answer, with what has become known of it. */
export interface Call {
  readonly request: HttpRequest;
  /** The trace that it belongs to: its caller's, or one of its own. */
  readonly traceId: string;
  /** Null until the caller is known. */
  caller: TokenHolder | null;
  /** Headers of the answer, whatever it will be. */
  headers: Record<string, string>;
  /** Whether it counts towards the caller's rate already. */
  isCounted: boolean;
  /** What is known of it for the metrics, which it is counted in once it is answered. */
  readonly measured: Partial<Record<MetricName, number>>;
  /** Code of the problem that it is answered with, or null. */
  refusal: string | null;
  /** Whether the ledger knows what of it was refused. */
  isInLedger: boolean;
}

interface Parts {
  readonly database: Queryable;
  readonly logger: Logger;
  readonly rate: Rate;
}

/** Nothing of Lambda's own context is needed. */
type NoContext = Record<string, never>;
type Passing = Request<Call, HttpAnswer, unknown, NoContext>;

/** What every call passes: who is calling, may they, is it too much; and every refusal on its way out. */
export function createGate({ database, logger, rate }: Parts) {
  const authenticate = createAuthenticator(database, logger);
  const spend = createRateLimiter(database, logger, rate);
  const knownOrigins = createKnownOrigins(database);
  const audit = createAuditLog(database, logger);
  const refusedEvents = createRefusedEvents(database, logger);

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

  /** A request that is refused as a whole counts as the events that were read of it, or as one. */
  async function noteRequest(call: Call, code: string): Promise<void> {
    if (call.caller === null || call.isInLedger) return;
    call.isInLedger = true;
    const events = call.measured.EventsReceived ?? 1;
    if (code === RATE_LIMITED) await refusedEvents.beyondRate.record(call.caller, events);
    else await refusedEvents.note(call.caller, events, new Map([[code, events]]));
  }

  /** A page must be able to tell a refusal from a broken network, whoever is refused. */
  async function letPageRead({ request, headers }: Call, isOurs: boolean): Promise<void> {
    const { origin } = request.headers;
    if (origin === undefined || 'access-control-allow-origin' in headers) return;
    // Where the database fails, asking it once more would only let the page wait.
    const isKnown = isOurs
      ? knownOrigins.included(origin)
      : await knownOrigins.includes(origin).catch(() => knownOrigins.included(origin));
    if (isKnown) Object.assign(headers, corsHeaders(origin));
  }

  async function refuse(call: Call, error: unknown): Promise<HttpAnswer> {
    const isStoring = storingRoutes.some((route) => route === call.request.routeKey);
    const problem = error instanceof Problem ? error : unavailable(isStoring);
    call.refusal = problem.code;
    await letPageRead(call, problem.status >= 500);
    if (problem.status >= 500) {
      logger.error('request failed', { code: problem.code, cause: errorKind(error) });
    } else {
      logger.info('request refused', { code: problem.code, status: problem.status });
      await audit.record({ ...entryOf(call), outcome: 'refused', reason: problem.code });
      if (isStoring) await noteRequest(call, problem.code);
    }
    return problemAnswer(problem);
  }

  /** Answers what has failed. What is wrong with a request is found before what it holds is counted. */
  const refusals = {
    async onError(passing: Passing): Promise<void> {
      const { event: call, error } = passing;
      const failure = await count(call).then(
        () => error,
        (refusal: unknown) => refusal,
      );
      passing.response = await refuse(call, failure);
    },
  };

  const writeDue = async (): Promise<void> => {
    await audit.writeDue();
    await refusedEvents.beyondRate.writeDue();
  };
  const tallies = { after: writeDue, onError: writeDue };

  const measure = ({ event: call, response }: Passing): void => {
    const { statusCode = 200 } = response ?? {};
    if (statusCode >= 500) call.measured.RequestsFailed = 1;
    else if (statusCode >= 400) call.measured.RequestsRefused = 1;
    const code = statusCode >= 400 ? (call.refusal ?? 'unhealthy') : undefined;
    const happened = Object.fromEntries(Object.entries(call.measured).filter(([, times]) => times > 0));
    logger.measure(happened, { tenantId: call.caller?.tenantId, code });
  };
  const metrics = { after: measure, onError: measure };

  const addHeaders = (passing: Passing): void => {
    const { event: call, response } = passing;
    if (response != null)
      passing.response = { ...response, headers: { ...call.headers, ...response.headers } };
  };
  const headers = { after: addHeaders, onError: addHeaders };

  return {
    admit,
    count,
    knownOrigins,

    /** Notes an administrative call that was done, or why something was not stored and how often. */
    note(call: Call, outcome: 'done' | 'refused', reason: string | null = null, times = 1): Promise<void> {
      return audit.record({ ...entryOf(call), outcome, reason }, times);
    },

    /**
     * Notes for the ledger what of a request was refused.
     * @param received events that were not given to the raw layer, counted apart from the refusals.
     */
    noteRefused(call: Call, received: number, refusals: Refusals): Promise<void> {
      call.isInLedger = true;
      return call.caller === null ? Promise.resolve() : refusedEvents.note(call.caller, received, refusals);
    },

    /** The handler of a function: answers an event of the gateway, a refusal or a failure included. */
    serve(work: (call: Call) => Promise<HttpAnswer>): (event: unknown) => Promise<HttpAnswer> {
      // What is named last is done first.
      const answering = middy<Call, HttpAnswer, unknown, NoContext>(work)
        .use(headers)
        .use(metrics)
        .use(tallies)
        .use(refusals);
      return (event) => {
        const request = readHttpRequest(event);
        const traceId = settleTraceId(readTraceparent(request.headers.traceparent));
        const call: Call = {
          request,
          traceId,
          caller: null,
          headers: { 'x-trace-id': traceId },
          isCounted: false,
          measured: {},
          refusal: null,
          isInLedger: false,
        };
        return inTrace(traceId, () => answering(call, {}));
      };
    },
  };
}

export type Gate = ReturnType<typeof createGate>;
