/** The value below which the given share of the samples lies; NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** "median (lowest to highest)" in whole numbers. */
export function spread(samples: readonly number[], unit: string): string {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  return `${whole(median(samples))} ${unit} (${whole(Math.min(...samples))} to ${whole(Math.max(...samples))})`;
}

/** Welch's t of two sets of samples: how many standard errors their means are apart. */
export function welch(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [moments(one), moments(other)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / one.length + b.variance / other.length);
}

function moments(samples: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const squares = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (samples.length - 1) };
}
