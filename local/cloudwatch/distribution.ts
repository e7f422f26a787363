import * as z from 'zod';

/** Digits that a recorded value keeps for percentiles. Sums and extremes stay exact. */
const SIGNIFICANT_DIGITS = 2;

export const distributionShape = z.object({
  count: z.number(),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  /** How often each value was there. */
  values: z.array(z.tuple([z.number(), z.number()])),
});

/** What CloudWatch keeps of a metric's values in a minute, so that every statistic can be asked for later. */
export class Distribution {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  readonly #values = new Map<number, number>();

  static of(values: readonly number[]): Distribution {
    const distribution = new Distribution();
    for (const value of values) distribution.add(value);
    return distribution;
  }

  static from({ count, sum, min, max, values }: z.infer<typeof distributionShape>): Distribution {
    const distribution = new Distribution();
    distribution.#count = count;
    distribution.#sum = sum;
    distribution.#min = min;
    distribution.#max = max;
    for (const [value, times] of values) distribution.#values.set(value, times);
    return distribution;
  }

  add(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    const rounded = Number(value.toPrecision(SIGNIFICANT_DIGITS));
    this.#values.set(rounded, (this.#values.get(rounded) ?? 0) + 1);
  }

  merge(other: Distribution): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    for (const [value, times] of other.#values) {
      this.#values.set(value, (this.#values.get(value) ?? 0) + times);
    }
  }

  /**
   * A statistic by CloudWatch's name for it, such as `Sum` or `p99`.
   * @throws Error for one that is not known here.
   */
  statistic(name: string): number {
    switch (name) {
      case 'Sum':
        return this.#sum;
      case 'Average':
        return this.#sum / this.#count;
      case 'Minimum':
        return this.#min;
      case 'Maximum':
        return this.#max;
      case 'SampleCount':
        return this.#count;
      default:
        return this.#percentile(name);
    }
  }

  toJSON(): z.infer<typeof distributionShape> {
    return { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max, values: [...this.#values] };
  }

  #percentile(name: string): number {
    const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1];
    if (percent === undefined) throw new Error(`There is no statistic "${name}" here.`);
    const rank = Math.max(1, Math.ceil((Number(percent) / 100) * this.#count));
    let seen = 0;
    for (const [value, times] of [...this.#values].sort(([a], [b]) => a - b)) {
      seen += times;
      // Rounding must not lead beyond what was there.
      if (seen >= rank) return Math.min(Math.max(value, this.#min), this.#max);
    }
    return this.#max;
  }
}
