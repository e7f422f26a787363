import { MINUTE } from './data-point.ts';
import { evaluateMath } from './metric-math.ts';
import { type MetricStore, periodsBefore, type Series } from './metric-store.ts';
import type { AlarmModel } from './monitoring.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** Periods before the last ones that CloudWatch turns to where some of those are missing. */
const LOOK_BACK = 2;

const comparisons: Readonly<Record<AlarmModel['comparison'], (value: number, threshold: number) => boolean>> =
  {
    GreaterThanThreshold: (value, threshold) => value > threshold,
    GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
    LessThanThreshold: (value, threshold) => value < threshold,
    LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  };

/** The state that an alarm would have at a moment, by what was measured before it. */
export function alarmState(alarm: AlarmModel, store: MetricStore, at: number): AlarmState {
  const measured = watchedValues(alarm, store, at).filter((value) => value !== null);
  // As in CloudWatch, what is missing counts only where too little is there.
  const missing = Math.max(0, alarm.periods - measured.length);
  // Nothing is known of a state that this machine cannot measure; in AWS it would stay as it was.
  if (measured.length === 0 && alarm.missing !== 'breaching' && alarm.missing !== 'notBreaching')
    return 'INSUFFICIENT_DATA';
  const breaching = measured
    .slice(-alarm.periods)
    .filter((value) => comparisons[alarm.comparison](value, alarm.threshold));
  const counted = breaching.length + (alarm.missing === 'breaching' ? missing : 0);
  return counted >= alarm.breaching ? 'ALARM' : 'OK';
}

function watchedValues(alarm: AlarmModel, store: MetricStore, at: number): Series {
  // One period more, because a rate needs the value before.
  const fullMinute = Math.floor(at / MINUTE) * MINUTE;
  const periods = periodsBefore(fullMinute, alarm.periodSeconds, alarm.periods + LOOK_BACK + 1);
  const series = (id: string): Series => {
    const watched = alarm.metrics.find((each) => each.id === id);
    if (watched === undefined) throw new Error(`The alarm ${alarm.name} has no metric ${id}.`);
    return store.series(watched.metric, watched.statistic, periods);
  };
  const [only] = alarm.metrics;
  const values =
    alarm.expression === undefined
      ? series(only?.id ?? '')
      : evaluateMath(alarm.expression, {
          length: periods.begins.length,
          resultPeriodSeconds: periods.seconds,
          series,
          periodSeconds: () => periods.seconds,
        });
  return values.slice(1);
}
