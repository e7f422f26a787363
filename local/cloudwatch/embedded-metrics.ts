import * as z from 'zod';
import type { MetricReference } from './dashboard-body.ts';

const directive = z.object({
  Namespace: z.string(),
  Dimensions: z.array(z.array(z.string())),
  Metrics: z.array(z.object({ Name: z.string() })),
});
const embedded = z.looseObject({
  _aws: z.object({ Timestamp: z.number(), CloudWatchMetrics: z.array(directive) }),
});
const value = z.union([z.number().transform((one) => [one]), z.array(z.number())]);

export interface EmbeddedMetric {
  readonly metric: MetricReference;
  readonly timestamp: number;
  readonly values: readonly number[];
}

/** The metrics that CloudWatch makes of a log line in its embedded metric format; none of any other line. */
export function embeddedMetrics(line: unknown): EmbeddedMetric[] {
  const parsed = embedded.safeParse(line);
  if (!parsed.success) return [];
  const { _aws, ...properties } = parsed.data;
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) => {
      const values = value.safeParse(properties[Name]);
      if (!values.success) return [];
      return Dimensions.map((names) => ({
        metric: {
          namespace: Namespace,
          name: Name,
          dimensions: Object.fromEntries(names.map((name) => [name, String(properties[name])])),
        },
        timestamp: _aws.Timestamp,
        values: values.data,
      }));
    }),
  );
}
