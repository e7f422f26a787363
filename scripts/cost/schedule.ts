import type { EnvironmentConfig } from '../../lib/config.ts';
import { DAYS_A_MONTH } from './line.ts';

const MINUTES_A_DAY = 1_440;
const MINUTES_AN_HOUR = 60;

const intervals = ({ schedule }: EnvironmentConfig): readonly number[] => [
  schedule.sweepMinutes,
  schedule.snapshotMinutes,
  schedule.metricsMinutes,
  // Retention comes with the metrics, what visitors ask for with the sweeps.
  schedule.metricsMinutes,
  schedule.sweepMinutes,
];

/** Jobs that the clock starts in a month. */
export function jobsPerMonth(config: EnvironmentConfig): number {
  const daily = intervals(config).reduce((sum, each) => sum + MINUTES_A_DAY / each, 0);
  return (daily + 1) * DAYS_A_MONTH;
}

/** Minutes of a day at which the clock wakes a sleeping cluster: jobs that meet wake it once. */
function wakingMinutesOfDay(config: EnvironmentConfig): ReadonlySet<number> {
  const { hour, minute } = config.schedule.partitions;
  const moments = intervals(config).flatMap((each) =>
    Array.from({ length: MINUTES_A_DAY / each }, (_, index) => index * each),
  );
  return new Set([...moments, hour * MINUTES_AN_HOUR + minute]);
}

export const wakeUpsPerMonth = (config: EnvironmentConfig): number =>
  wakingMinutesOfDay(config).size * DAYS_A_MONTH;

/** Share of the hours in which a job runs, so that something is measured though nothing comes in. */
export const measuredHours = (config: EnvironmentConfig): number =>
  new Set([...wakingMinutesOfDay(config)].map((each) => Math.floor(each / MINUTES_AN_HOUR))).size / 24;
