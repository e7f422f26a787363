import * as z from 'zod';
import type { MetricReference } from './dashboard-body.ts';
import { distributionShape } from './distribution.ts';

export const MINUTE = 60_000;
/** The folder of a data directory in which processes keep what they measured. */
export const METRICS_FOLDER = 'metrics';
/** What the files of the minute under way end with, and those of the hours before. */
export const OPEN = '.open.json';
export const CLOSED = '.jsonl';

/** A metric's values of one minute, as a process writes them down. */
export const dataPoint = z.object({
  minute: z.number(),
  namespace: z.string(),
  name: z.string(),
  dimensions: z.record(z.string(), z.string()),
  distribution: distributionShape,
});
export type DataPoint = z.infer<typeof dataPoint>;

/** Tells metrics apart, whatever the order of their dimensions. */
export function metricKey({ namespace, name, dimensions }: MetricReference): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}
