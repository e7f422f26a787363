import { cutText } from '../event/json-text.ts';
import { limits } from '../event/limits.ts';
import { type Doorbell, ringOrLeave } from '../platform/doorbell.ts';
import { answer, type HttpAnswer, type HttpRequest, requestBody } from '../platform/http.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem } from '../platform/problem.ts';
import { createAuthenticator } from '../tenancy/caller.ts';
import { createSaltKeeper } from '../tenancy/visitor-salts.ts';
import { type Landing, landRequest, type Verdict } from './land-request.ts';
import { readRequest, unpackBody } from './read-request.ts';

interface Parts {
  readonly database: Queryable;
  readonly stagingBell: Doorbell;
  readonly logger: Logger;
}

const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i;
const BATCH_ROUTE = 'POST /api/v1/track/batch';

/** Answers the track calls: check the caller, read, store, and only then say 2xx and ring. */
export function createTracker({ database, stagingBell, logger }: Parts) {
  const authenticate = createAuthenticator(database);
  const saltOf = createSaltKeeper(database);

  return async function track(request: HttpRequest): Promise<HttpAnswer> {
    const { headers } = request;
    if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
      throw new Problem(
        415,
        'unsupported_media_type',
        'Send JSON with the header "Content-Type: application/json".',
      );
    }
    const body = unpackBody(requestBody(request), headers['content-encoding']);
    const caller = await authenticate(headers, ['public', 'secret']);
    const read = readRequest(body);
    const origin = {
      address: request.requestContext.http.sourceIp,
      userAgent: cutText(headers['user-agent'] ?? '', limits.userAgentLength),
      arrival: new Date(),
    };
    const landing = await landRequest(database, saltOf, caller, origin, read);
    // The events are safe, so a queue that fails only delays them.
    await ringOrLeave(stagingBell, landing.pending, logger);
    const isBatch = read.isBatch || request.routeKey === BATCH_ROUTE;
    return isBatch ? answerBatch(landing, origin.arrival) : answerSingle(landing, origin.arrival);
  };
}

function answerSingle({ verdicts }: Landing, arrival: Date): HttpAnswer {
  const [verdict] = verdicts;
  if (verdict?.status === 'rejected')
    throw new Problem(400, verdict.code, verdict.message, { pointer: verdict.pointer });
  return answer(202, {
    success: true,
    message: verdict?.status === 'duplicate' ? 'Event was stored before' : 'Event stored',
    event_id: verdict?.event_id,
    status: verdict?.status,
    timestamp: arrival.toISOString(),
    processing: 'background',
  });
}

/** A batch of which at least one event counts is a success with verdicts; one of which none does is the sender's error. */
function answerBatch({ verdicts }: Landing, arrival: Date): HttpAnswer {
  const count = (status: Verdict['status']) => verdicts.filter((verdict) => verdict.status === status).length;
  const rejected = count('rejected');
  const accepted = verdicts.length - rejected;
  const outcome = { accepted, rejected, duplicates: count('duplicate'), results: verdicts };
  const [first] = verdicts;
  if (accepted === 0 && first?.status === 'rejected') {
    throw new Problem(400, first.code, first.message, {
      pointer: `/${first.index}${first.pointer}`,
      members: outcome,
    });
  }
  return answer(202, {
    success: rejected === 0,
    message: `${accepted} of ${verdicts.length} events stored`,
    timestamp: arrival.toISOString(),
    processing: 'background',
    ...outcome,
  });
}
