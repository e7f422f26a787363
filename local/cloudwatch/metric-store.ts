import type { MetricReference } from './dashboard-body.ts';
import { MINUTE, metricKey } from './data-point.ts';
import { Distribution } from './distribution.ts';

/** A span of time, in milliseconds; the end does not belong to it. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A value for each of several periods; null where nothing was measured. */
export type Series = readonly (number | null)[];

/** Periods of one length, by their beginnings. */
export interface Periods {
  readonly begins: readonly number[];
  readonly seconds: number;
}

/** The periods that a range touches: as in CloudWatch they begin at multiples of their length. */
export function alignedPeriods({ from, to }: TimeRange, seconds: number): Periods {
  const length = seconds * 1_000;
  const first = Math.floor(from / length) * length;
  const count = Math.max(1, Math.ceil((to - first) / length));
  return { seconds, begins: Array.from({ length: count }, (_, at) => first + at * length) };
}

/** A range as one period. */
export function wholeRange({ from, to }: TimeRange): Periods {
  return { seconds: (to - from) / 1_000, begins: [from] };
}

/** The last periods before a moment. */
export function periodsBefore(end: number, seconds: number, count: number): Periods {
  const length = seconds * 1_000;
  return { seconds, begins: Array.from({ length: count }, (_, at) => end - (count - at) * length) };
}

interface Kept {
  readonly metric: MetricReference;
  readonly minutes: Map<number, Distribution>;
}

/** Metrics as CloudWatch keeps them: by the minute, each with the distribution of its values. */
export class MetricStore {
  readonly #kept = new Map<string, Kept>();

  add(metric: MetricReference, timestamp: number, distribution: Distribution): void {
    const key = metricKey(metric);
    const kept = this.#kept.get(key) ?? { metric, minutes: new Map() };
    this.#kept.set(key, kept);
    const minute = Math.floor(timestamp / MINUTE) * MINUTE;
    const known = kept.minutes.get(minute);
    if (known === undefined) kept.minutes.set(minute, distribution);
    else known.merge(distribution);
  }

  /** One statistic of a metric for each period. */
  series(metric: MetricReference, statistic: string, { begins, seconds }: Periods): Series {
    const minutes = this.#kept.get(metricKey(metric))?.minutes;
    return begins.map((begin) => {
      const whole = new Distribution();
      let isEmpty = true;
      for (let minute = begin; minute < begin + seconds * 1_000; minute += MINUTE) {
        const part = minutes?.get(minute);
        if (part === undefined) continue;
        whole.merge(part);
        isEmpty = false;
      }
      return isEmpty ? null : whole.statistic(statistic);
    });
  }

  /** The metrics of a name that have exactly these dimensions, some of them with a given value. */
  find(wanted: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: readonly string[];
    readonly values: Readonly<Record<string, string>>;
  }): MetricReference[] {
    return [...this.#kept.values()]
      .map(({ metric }) => metric)
      .filter(
        ({ namespace, name, dimensions }) =>
          namespace === wanted.namespace &&
          name === wanted.name &&
          Object.keys(dimensions).length === wanted.dimensions.length &&
          wanted.dimensions.every((each) => each in dimensions) &&
          Object.entries(wanted.values).every(([dimension, value]) => dimensions[dimension] === value),
      );
  }

  /** When the first and the last value was measured; undefined when none was. */
  span(): TimeRange | undefined {
    const minutes = [...this.#kept.values()].flatMap((each) => [...each.minutes.keys()]);
    if (minutes.length === 0) return undefined;
    return minutes.reduce(
      ({ from, to }, minute) => ({ from: Math.min(from, minute), to: Math.max(to, minute + MINUTE) }),
      { from: Number.POSITIVE_INFINITY, to: 0 },
    );
  }
}
