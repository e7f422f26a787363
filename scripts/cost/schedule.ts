import type { EnvironmentConfig } from '../../lib/config.ts';
import { DAYS_A_MONTH, HOURS_A_MONTH } from './line.ts';

const MINUTES_AN_HOUR = 60;

/** Jobs that the clock starts in a month. */
export function jobsPerMonth({ schedule }: EnvironmentConfig): number {
  const { sweepMinutes, snapshotMinutes, metricsMinutes } = schedule;
  const hourly = [sweepMinutes, snapshotMinutes, metricsMinutes].reduce(
    (sum, each) => sum + MINUTES_AN_HOUR / each,
    0,
  );
  return hourly * HOURS_A_MONTH + DAYS_A_MONTH;
}

/** Moments a month at which the clock wakes a sleeping cluster: jobs of different intervals meet, those of the day may not. */
export function wakeUpsPerMonth({ schedule }: EnvironmentConfig): number {
  const { sweepMinutes, snapshotMinutes, metricsMinutes, partitions } = schedule;
  const shortest = Math.min(sweepMinutes, snapshotMinutes, metricsMinutes);
  const meets = partitions.minute % shortest === 0;
  return (MINUTES_AN_HOUR / shortest) * HOURS_A_MONTH + (meets ? 0 : DAYS_A_MONTH);
}
