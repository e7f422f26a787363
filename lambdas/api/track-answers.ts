import type { Landing } from '../pipeline/land-request.ts';
import type { RequestProgress } from '../pipeline/process-now.ts';
import { answer, type HttpAnswer } from '../platform/http.ts';
import { Problem } from '../platform/problem.ts';
import type {
  EventPipeline,
  Processing,
  TrackedBatch,
  TrackedEvent,
  TrackedVerdict,
} from './track-operations.ts';

/** How a track call wants to be answered. */
export interface Asked {
  readonly isBatch: boolean;
  /** Whether the call processes what it stores. */
  readonly isSynchronous: boolean;
  readonly arrival: Date;
}

/**
 * Answers for what has landed, and for what was not stored because its visitor asks not to be tracked: there nothing went wrong.
 * @param optedOut indexes of the latter.
 * @param processed how far the requests have come, and whether nothing is left for the queue.
 * @throws Problem 400 when not one event could be stored.
 */
export function answerLanding(
  asked: Asked,
  { verdicts }: Landing,
  optedOut: readonly number[],
  { progress, isDone }: { readonly progress: readonly RequestProgress[]; readonly isDone: boolean },
): HttpAnswer {
  const results = [
    ...verdicts.map((verdict) =>
      verdict.status === 'accepted' && asked.isSynchronous
        ? { ...verdict, pipeline: pipelineOf(verdict.event_id, progress) }
        : verdict,
    ),
    ...optedOut.map((index) => ({ index, event_id: null, status: 'not_stored' as const })),
  ].sort((a, b) => a.index - b.index);
  const isNone = optedOut.length > 0 && verdicts.every(({ status }) => status === 'rejected');
  return answerVerdicts(asked, results, isNone ? 'none' : isDone ? 'automatic' : 'background');
}

function answerVerdicts(
  asked: Asked,
  verdicts: readonly TrackedVerdict[],
  processing: Processing,
): HttpAnswer {
  const status = asked.isSynchronous ? 200 : 202;
  const [only] = verdicts;
  if (asked.isBatch || only === undefined) return answer(status, batchAnswer(asked, verdicts, processing));
  if (only.status === 'rejected') throw new Problem(400, only.code, only.message, { pointer: only.pointer });
  const { event_id } = only;
  return answer(status, {
    success: true,
    message: messageOf(only, processing),
    event_id,
    status: only.status,
    timestamp: asked.arrival.toISOString(),
    processing,
    ...('pipeline' in only && { pipeline: only.pipeline }),
  } satisfies TrackedEvent);
}

/** A batch of which at least one event counts is a success with verdicts; one of which none does is the sender's error. */
function batchAnswer(asked: Asked, results: readonly TrackedVerdict[], processing: Processing): TrackedBatch {
  const count = (status: TrackedVerdict['status']) => results.filter((each) => each.status === status).length;
  const rejected = count('rejected');
  const accepted = count('accepted') + count('duplicate');
  const outcome = { accepted, rejected, duplicates: count('duplicate'), results: [...results] };
  const [first] = results;
  if (rejected === results.length && first?.status === 'rejected') {
    throw new Problem(400, first.code, first.message, {
      pointer: `/${first.index}${first.pointer}`,
      members: outcome,
    });
  }
  return {
    success: rejected === 0,
    message: `${accepted} of ${results.length} events stored`,
    timestamp: asked.arrival.toISOString(),
    processing,
    ...outcome,
  };
}

function messageOf({ status }: TrackedVerdict, processing: Processing): string {
  if (status === 'not_stored') return 'Not stored: the visitor asks not to be tracked';
  if (status === 'duplicate') return 'Event was stored before';
  return processing === 'automatic' ? 'Event tracked successfully' : 'Event stored';
}

/** How far an event has surely come. It is in one of the requests, which are several only when others raced for the same ids. */
function pipelineOf(eventId: string, progress: readonly RequestProgress[]): EventPipeline {
  const refusal = progress.flatMap(({ refused }) => refused).find((refused) => refused.eventId === eventId);
  if (refusal === undefined) {
    return {
      staged: progress.every(({ stage }) => stage !== 'LANDED'),
      loaded: progress.every(({ stage }) => stage === null),
    };
  }
  return { staged: refusal.stage === 'BUSINESS', loaded: false, code: refusal.code };
}
