import { environmentDimension, type MetricName, metricNamespace, metrics } from './metric-names.ts';

/** What was measured: a sum, or each value of a distribution. */
export type Measurements = { readonly [Name in MetricName]?: number | readonly number[] };

/** What measurements are about. The tenant is a property of the line alone: as a dimension each would be billed as metrics. */
export interface MeasuredWork {
  readonly tenantId?: string | undefined;
  readonly reason?: string | undefined;
  readonly job?: string | undefined;
  readonly code?: string | undefined;
}

/** Values that the embedded metric format takes of one metric in one line. */
const VALUES_PER_LINE = 100;

const isMetricName = (name: string): name is MetricName => Object.hasOwn(metrics, name);
const metricNames = Object.keys(metrics).filter(isMetricName);

/** Who measures. */
interface Source {
  readonly service: string;
  readonly environment: string;
}

/**
 * Measurements as lines of CloudWatch's embedded metric format. One line, unless a distribution has more values than one holds:
 * each value stands in exactly one line, so that counts and percentiles are those of the events.
 */
export function metricLines(source: Source, measurements: Measurements, work: MeasuredWork = {}): object[] {
  const present = namesIn(measurements);
  const spread = present.flatMap((name) => {
    const values = measurements[name];
    return typeof values === 'object' ? [{ name, values }] : [];
  });
  const lines = Math.max(1, ...spread.map(({ values }) => Math.ceil(values.length / VALUES_PER_LINE)));
  return Array.from({ length: lines }, (_, at) => {
    const parts = spread.map(({ name, values }): [MetricName, readonly number[]] => [
      name,
      values.slice(at * VALUES_PER_LINE, (at + 1) * VALUES_PER_LINE),
    ]);
    if (at > 0) return line(source, Object.fromEntries(parts), work, {});
    // A query over lines cannot look into a list.
    const most = spread.map(({ name, values }) => [`${name}Max`, Math.max(...values)]);
    return line(source, { ...measurements, ...Object.fromEntries(parts) }, work, Object.fromEntries(most));
  }).filter((each) => each !== null);
}

function line(
  { service, environment }: Source,
  measurements: Measurements,
  { tenantId, ...dimensions }: MeasuredWork,
  properties: Readonly<Record<string, number>>,
): object | null {
  const names = namesIn(measurements);
  if (names.length === 0) return null;
  const directives = [...Map.groupBy(names, breakdownOf)].map(([by, own]) => ({
    Namespace: metricNamespace,
    Dimensions:
      by === undefined || dimensions[by] === undefined
        ? [[environmentDimension]]
        : [[environmentDimension], [environmentDimension, by]],
    Metrics: own.map((name) => ({ Name: name, Unit: metrics[name].unit })),
  }));
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: directives },
    [environmentDimension]: environment,
    ...dimensions,
    service,
    tenant_id: tenantId,
    ...Object.fromEntries(names.map((name) => [name, measurements[name]])),
    ...properties,
  };
}

/** Without what has no value. */
const namesIn = (measurements: Measurements): MetricName[] =>
  metricNames.filter((name) => {
    const value = measurements[name];
    return typeof value === 'object' ? value.length > 0 : value !== undefined;
  });

const breakdownOf = (name: MetricName) => {
  const definition = metrics[name];
  return 'by' in definition ? definition.by : undefined;
};
