import type pg from 'pg';
import { cutText } from '../event/json-text.ts';
import { limits } from '../event/limits.ts';
import { honourWishes } from '../pipeline/honour-wishes.ts';
import { type Landing, landRequest, type Verdict } from '../pipeline/land-request.ts';
import { isAnswered, processNow, type RequestProgress, readProgress } from '../pipeline/process-now.ts';
import { type ReadRequest, readRequest, unpackBody } from '../pipeline/read-request.ts';
import { type Doorbell, ringOrLeave } from '../platform/doorbell.ts';
import { type HttpAnswer, type HttpRequest, requestBody } from '../platform/http.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import { Problem } from '../platform/problem.ts';
import type { TokenHolder } from '../tenancy/caller.ts';
import { treatmentOf } from '../tenancy/privacy-mode.ts';
import { createKeyKeeper } from '../tenancy/visitor-keys.ts';
import { createSaltKeeper } from '../tenancy/visitor-salts.ts';
import type { Call, Gate } from './gate.ts';
import { answerLanding } from './track-answers.ts';
import type { TrackRoute } from './track-operations.ts';
import { credentialsIn, withoutCredentials } from './unload-credentials.ts';

interface Parts {
  readonly pool: pg.Pool;
  readonly gate: Gate;
  readonly stagingBell: Doorbell;
  /** Whose address a request comes from. */
  readonly addressOf: (request: HttpRequest) => string;
  readonly logger: Logger;
  /** Milliseconds that processing may add to a synchronous call; statements under way may take as long again. */
  readonly patience?: number;
}

const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i;
/** What a page may send to another origin without asking first, and the only type a beacon can have there. */
const UNLOAD_TYPE = /^text\/plain\s*(;|$)/i;
const PATIENCE = 2_000;
/** Milliseconds beyond it to learn what came of a call that handed over. */
const PROGRESS_PATIENCE = 200;
const SCOPE = 'events:write';

/** How far what a call stored has come. */
interface Processed {
  readonly progress: readonly RequestProgress[];
  /** Whether nothing is left for the queue. */
  readonly isDone: boolean;
}

/** Landed, and no more. */
const untouched = ({ pending }: Landing): Processed => ({
  progress: pending.map(({ requestId }) => ({ requestId, stage: 'LANDED', refused: [] })),
  isDone: false,
});

/** Answers the track calls: check the caller, read, store, and only then say 2xx; process at once or ring. */
export function createTracker({ pool, gate, stagingBell, addressOf, logger, patience = PATIENCE }: Parts) {
  const secrets = { saltOf: createSaltKeeper(pool), keyOf: createKeyKeeper(pool) };

  return async function track(call: Call, route: TrackRoute): Promise<HttpAnswer> {
    const { caller, body } = await open(call);
    if (!caller.settings.enabled) {
      throw new Problem(
        403,
        'tracking_disabled',
        'This tenant does not track. Switch it on in its settings.',
      );
    }
    call.measured.BytesReceived = body.length;
    const read = readRequest(body);
    await count(call, read.items.length + read.refused.length);
    const arrival = new Date();
    const asked = {
      isBatch: read.isBatch || route === 'POST /api/v1/track/batch',
      isSynchronous: route === 'POST /api/v1/track',
      arrival,
    };
    const { headers } = call.request;
    const { requests, optedOut } = honourWishes(read, (wishes) => treatmentOf(caller, headers, wishes));
    if (optedOut.length > 0) await gate.note(call, 'refused', 'opted_out', optedOut.length);
    call.measured.EventsOptedOut = optedOut.length;
    const origin = {
      address: addressOf(call.request),
      userAgent: cutText(headers['user-agent'] ?? '', limits.userAgentLength),
      arrival,
      traceId: call.traceId,
    };
    const landing = await landAll(requests, (request) => landRequest(pool, secrets, caller, origin, request));
    measure(call, landing);
    await noteRejected(call, landing, optedOut.length);
    const landed = requests.reduce((sum, { items }) => sum + items.length, 0);
    await gate.noteRefused(
      call,
      read.items.length + read.refused.length - landed,
      refusalsOf(landing, optedOut.length),
    );
    const { progress, isDone } =
      asked.isSynchronous && !caller.settings.batch_processing ? await process(landing) : untouched(landing);
    if (!isDone) {
      // The events are safe, so a queue that fails only delays them.
      await ringOrLeave(stagingBell, landing.pending, logger);
    }
    return answerLanding(asked, landing, optedOut, { progress, isDone });
  };

  async function count(call: Call, events: number): Promise<void> {
    call.measured.EventsReceived = events;
    try {
      await gate.count(call, events);
    } catch (refusal) {
      call.measured.EventsRejected = events;
      throw refusal;
    }
  }

  /** A request of which nothing is stored is refused as a whole, and noted then. */
  async function noteRejected(call: Call, { verdicts }: Landing, optedOut: number): Promise<void> {
    const codes = verdicts.flatMap((verdict) => (verdict.status === 'rejected' ? [verdict.code] : []));
    if (codes.length === verdicts.length + optedOut) return;
    for (const [code, each] of Map.groupBy(codes, (code) => code)) {
      await gate.note(call, 'refused', code, each.length);
    }
  }

  /**
   * Processes what has just landed. When that fails, whatever the reason, the queue takes over: the events are stored, so the
   * call has succeeded.
   */
  async function process(landing: Landing): Promise<Processed> {
    const { pending } = landing;
    const facts = { requests: pending.length, events: pending.reduce((sum, { events }) => sum + events, 0) };
    if (pending.length === 0) {
      logger.info('no processing needed', facts);
      return { progress: [], isDone: true };
    }
    logger.info('processing triggered', facts);
    const ids = pending.map(({ requestId }) => requestId);
    try {
      const progress = await processNow(pool, logger, ids, performance.now() + patience);
      const isDone = progress.every(({ stage }) => stage === null);
      logger.info('processing result', { ...facts, done: isDone });
      return { progress, isDone };
    } catch (error) {
      logger.warn('processing failed, the queue takes over', { ...facts, cause: errorKind(error) });
      if (!isAnswered(error)) return untouched(landing);
      return readProgress(pool, ids, performance.now() + PROGRESS_PATIENCE).then(
        (progress) => ({ progress, isDone: progress.every(({ stage }) => stage === null) }),
        () => untouched(landing),
      );
    }
  }

  async function open(call: Call): Promise<{ caller: TokenHolder; body: Buffer }> {
    const { headers } = call.request;
    const type = headers['content-type'] ?? '';
    if (UNLOAD_TYPE.test(type)) {
      const sent = readBeacon(call.request);
      if (headers.authorization !== undefined) return { caller: await gate.admit(call, SCOPE), body: sent };
      const caller = await gate.admit(call, SCOPE, credentialsIn(sent));
      return { caller, body: withoutCredentials(sent) };
    }
    const caller = await gate.admit(call, SCOPE);
    if (JSON_TYPE.test(type))
      return { caller, body: unpackBody(requestBody(call.request), headers['content-encoding']) };
    throw new Problem(
      415,
      'unsupported_media_type',
      'Send JSON with the header "Content-Type: application/json".',
    );
  }
}

/** Lands the requests that a call was divided into, one after the other. */
async function landAll(
  requests: readonly ReadRequest[],
  land: (request: ReadRequest) => Promise<Landing>,
): Promise<Landing> {
  const landings: Landing[] = [];
  for (const request of requests) landings.push(await land(request));
  return {
    verdicts: landings.flatMap(({ verdicts }) => verdicts).sort((a, b) => a.index - b.index),
    pending: landings.flatMap(({ pending }) => pending),
    redacted: landings.reduce((sum, { redacted }) => sum + redacted, 0),
  };
}

/** What the ledger calls refused, by code. A contested event is in quarantine. */
function refusalsOf({ verdicts }: Landing, optedOut: number): Map<string, number> {
  const codes = verdicts.flatMap((verdict) =>
    verdict.status === 'rejected' && verdict.code !== 'id_conflict' ? [verdict.code] : [],
  );
  const refused = [...Map.groupBy(codes, (code) => code)].map(([code, each]) => [code, each.length] as const);
  return new Map(optedOut === 0 ? refused : [...refused, ['opted_out', optedOut]]);
}

function measure({ measured }: Call, { verdicts, redacted }: Landing): void {
  const count = (wanted: Verdict['status']) => verdicts.filter(({ status }) => status === wanted).length;
  measured.EventsAccepted = count('accepted');
  measured.EventsDuplicate = count('duplicate');
  measured.EventsRejected = count('rejected');
  measured.EventsRedacted = redacted;
}

/**
 * The body of a beacon, or of what else sends text. It is read before anybody knows the caller, so no more is taken than a browser
 * lets a beacon carry.
 * @throws Problem 413 or 415.
 */
function readBeacon(request: HttpRequest): Buffer {
  if (request.headers['content-encoding'] !== undefined) {
    throw new Problem(
      415,
      'unsupported_encoding',
      'Send text/plain without Content-Encoding, or JSON as application/json.',
    );
  }
  const body = requestBody(request);
  if (body.length <= limits.beaconBytes) return body;
  throw new Problem(
    413,
    'body_too_large',
    `A text/plain body has at most ${limits.beaconBytes} bytes. Send more as application/json.`,
  );
}
