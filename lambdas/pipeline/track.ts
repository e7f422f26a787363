import type pg from 'pg';
import type { Call, Gate } from '../api/gate.ts';
import { answerLanding, answerOptedOut } from '../api/track-answers.ts';
import type { TrackRoute } from '../api/track-operations.ts';
import { cutText } from '../event/json-text.ts';
import { limits } from '../event/limits.ts';
import { type Doorbell, ringOrLeave } from '../platform/doorbell.ts';
import { type HttpAnswer, requestBody } from '../platform/http.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import { Problem } from '../platform/problem.ts';
import { credentialsOf, type TokenHolder } from '../tenancy/caller.ts';
import { isOptedOut } from '../tenancy/opt-out.ts';
import { createSaltKeeper } from '../tenancy/visitor-salts.ts';
import { type Landing, landRequest } from './land-request.ts';
import { processNow, type RequestProgress } from './process-now.ts';
import { readRequest, unpackBody } from './read-request.ts';
import { takeCredentials } from './unload-credentials.ts';

interface Parts {
  readonly pool: pg.Pool;
  readonly gate: Gate;
  readonly stagingBell: Doorbell;
  readonly logger: Logger;
  /** Milliseconds that processing may add to a synchronous call; statements under way may take as long again. */
  readonly patience?: number;
}

const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i;
/** What a page may send to another origin without asking first, and the only type a beacon can have there. */
const UNLOAD_TYPE = /^text\/plain\s*(;|$)/i;
const PATIENCE = 2_000;
const SCOPE = 'events:write';

/** Answers the track calls: check the caller, read, store, and only then say 2xx; process at once or ring. */
export function createTracker({ pool, gate, stagingBell, logger, patience = PATIENCE }: Parts) {
  const saltOf = createSaltKeeper(pool);

  return async function track(call: Call, route: TrackRoute): Promise<HttpAnswer> {
    const { caller, body } = await open(call);
    if (!caller.settings.enabled) {
      throw new Problem(
        403,
        'tracking_disabled',
        'This tenant does not track. Switch it on in its settings.',
      );
    }
    const read = readRequest(body);
    await gate.count(call, read.items.length + read.refused.length);
    const arrival = new Date();
    const asked = {
      isBatch: read.isBatch || route === 'POST /api/v1/track/batch',
      isSynchronous: route === 'POST /api/v1/track',
      arrival,
    };
    if (isOptedOut(caller, call.request.headers)) {
      await gate.note(call, 'refused', 'opted_out');
      return answerOptedOut(asked, read);
    }
    const { headers, requestContext } = call.request;
    const origin = {
      address: requestContext.http.sourceIp,
      userAgent: cutText(headers['user-agent'] ?? '', limits.userAgentLength),
      arrival,
    };
    const landing = await landRequest(pool, saltOf, caller, origin, read);
    const progress = asked.isSynchronous && !caller.settings.batch_processing ? await process(landing) : null;
    if (progress === null) {
      // The events are safe, so a queue that fails only delays them.
      await ringOrLeave(stagingBell, landing.pending, logger);
    }
    return answerLanding(asked, landing, progress);
  };

  /**
   * Processes what has just landed.
   * @returns null when the queue has to take over, whatever the reason: the events are stored, so the call has succeeded.
   */
  async function process({ pending }: Landing): Promise<readonly RequestProgress[] | null> {
    const facts = { requests: pending.length, events: pending.reduce((sum, { events }) => sum + events, 0) };
    if (pending.length === 0) {
      logger.info('no processing needed', facts);
      return [];
    }
    logger.info('processing triggered', facts);
    try {
      const ids = pending.map(({ requestId }) => requestId);
      const progress = await processNow(pool, logger, ids, performance.now() + patience);
      const isDone = progress.every(({ stage }) => stage === null);
      logger.info('processing result', { ...facts, done: isDone });
      return isDone ? progress : null;
    } catch (error) {
      logger.warn('processing failed, the queue takes over', { ...facts, cause: errorKind(error) });
      return null;
    }
  }

  async function open(call: Call): Promise<{ caller: TokenHolder; body: Buffer }> {
    const { headers } = call.request;
    const type = headers['content-type'] ?? '';
    const unpack = () => unpackBody(requestBody(call.request), headers['content-encoding']);
    if (UNLOAD_TYPE.test(type)) {
      const { credentials, rest } = takeCredentials(unpack());
      const sent = credentials.token === undefined ? credentialsOf(headers) : credentials;
      return { caller: await gate.admit(call, SCOPE, sent), body: rest };
    }
    const caller = await gate.admit(call, SCOPE);
    if (JSON_TYPE.test(type)) return { caller, body: unpack() };
    throw new Problem(
      415,
      'unsupported_media_type',
      'Send JSON with the header "Content-Type: application/json".',
    );
  }
}
