import { type EnvironmentConfig, overdueSeconds } from '../../lib/config.ts';
import type { Flow } from './flow.ts';

const SECONDS_A_MINUTE = 60;

/** Seconds that an event waits, by configuration, before it is worked on for the last time; the work itself comes on top. */
export interface Freshness {
  /** On average, as long as requests arrive. */
  readonly typical: number;
  /** The longest when its ring leaves with a later request of the same process. */
  readonly longest: number;
  /** The longest when that process is not called again, and staging finds the request. */
  readonly leftBehind: number;
  /** The longest when nothing rings any more, or a message gets lost, and the sweeper finds the request. */
  readonly swept: number;
}

export function freshnessOf(config: EnvironmentConfig, { rings }: Flow): Freshness {
  const { processing, schedule, functions } = config;
  const { gatherSeconds, retryAfterSeconds } = processing;
  const windows = functions.staging.batchingWindowSeconds + functions.business.batchingWindowSeconds;
  const longest = gatherSeconds + windows;
  const overdue = overdueSeconds(config);
  return {
    typical: gatherSeconds / 2 + windows,
    longest,
    // It is overdue, somebody else rings, and the windows close.
    leftBehind: overdue === 0 || rings === 0 ? longest : overdue + 1 / rings + windows,
    swept: retryAfterSeconds + schedule.sweepMinutes * SECONDS_A_MINUTE + windows,
  };
}
