import { createDoorbell, type Doorbell, FULL_CALL, type PendingRequest } from './doorbell.ts';
import { type Environment, requireQueueUrl } from './environment.ts';

/**
 * A doorbell that rings at most once in so many seconds, then for all that it was asked to ring for in between; what fills a call
 * leaves at once, so it never holds more. 0 seconds hold nothing back.
 *
 * A process has no moments of its own between two calls: what it holds leaves with its next call. If none comes, whoever works on
 * the queue takes it (`stageLeftBehind`) and, when nothing rings any more, the sweeper.
 * @param now milliseconds on a clock that never goes back.
 */
export function gatheringDoorbell(
  bell: Doorbell,
  seconds: number,
  now: () => number = () => performance.now(),
): Doorbell {
  let held: PendingRequest[] = [];
  let rangAt = Number.NEGATIVE_INFINITY;
  return {
    async ring(requests) {
      held.push(...requests);
      if (held.length === 0) return;
      if (now() - rangAt < seconds * 1_000 && !isFull(held)) return;
      rangAt = now();
      // Not kept when the queue does not take them: the sweeper rings for them, and a queue that fails must not be asked each time.
      const all = held;
      held = [];
      await bell.ring(all);
    },
  };
}

/** The doorbell of the staging queue for a function that answers callers. */
export const createStagingBell = (environment: Environment): Doorbell =>
  gatheringDoorbell(
    createDoorbell(requireQueueUrl(environment, 'STAGING_QUEUE_URL')),
    environment.RING_GATHER_SECONDS,
  );

const isFull = (held: readonly PendingRequest[]): boolean =>
  held.length >= FULL_CALL.requests || held.reduce((sum, { events }) => sum + events, 0) >= FULL_CALL.events;
