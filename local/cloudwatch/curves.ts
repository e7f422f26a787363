import type { MetricEntry, MetricReference, MetricWidget } from './dashboard-body.ts';
import { evaluateMath } from './metric-math.ts';
import {
  alignedPeriods,
  type MetricStore,
  type Periods,
  type Series,
  type TimeRange,
  wholeRange,
} from './metric-store.ts';

/** A line of a graph, or the number of a number widget. */
export interface Curve {
  readonly label: string;
  readonly axis: 'left' | 'right';
  readonly periods: Periods;
  readonly values: Series;
}

const search = /^SEARCH\('\{([^}]*)\} (.*)', '(\w+)', (\d+)\)$/;

/**
 * What a metric widget shows of a time range.
 * @throws Error that says which expression is not known here.
 */
export function curvesOf({ properties }: MetricWidget, store: MetricStore, range: TimeRange): Curve[] {
  const periodsOf = (seconds: number | undefined) =>
    properties.setPeriodToTimeRange ? wholeRange(range) : alignedPeriods(range, seconds ?? properties.period);
  const byId = new Map(
    properties.metrics.flatMap((entry) => (entry.id === undefined ? [] : [[entry.id, entry]])),
  );

  /** A reference of an expression, in the periods of the whole. */
  const valuesOf = (entry: MetricEntry, periods: Periods): Series => {
    if (entry.metric !== undefined) return store.series(entry.metric, entry.stat, periods);
    return evaluateMath(entry.expression ?? '', {
      length: periods.begins.length,
      resultPeriodSeconds: periods.seconds,
      series: (id) => valuesOf(entryOf(id), periods),
      periodSeconds: () => periods.seconds,
    });
  };
  const entryOf = (id: string): MetricEntry => {
    const found = byId.get(id);
    if (found === undefined) throw new Error(`"${properties.title}" has no metric ${id}.`);
    return found;
  };

  return properties.metrics
    .filter(({ visible }) => visible)
    .flatMap((entry): Curve[] => {
      const { expression = '', yAxis: axis, label } = entry;
      if (expression.startsWith('SEARCH(')) {
        return searched(expression, store).map(({ metric, statistic, periodSeconds, value }) => {
          const periods = periodsOf(periodSeconds);
          return { label: value, axis, periods, values: store.series(metric, statistic, periods) };
        });
      }
      const periods = periodsOf(entry.period);
      const name = label ?? entry.metric?.name ?? expression;
      return [{ label: name, axis, periods, values: valuesOf(entry, periods) }];
    });
}

interface Found {
  readonly metric: MetricReference;
  readonly statistic: string;
  readonly periodSeconds: number;
  /** What tells it from the others that were found. */
  readonly value: string;
}

/** The metrics of a search as our dashboards write them: one name, all dimensions named, some with a value. */
function searched(expression: string, store: MetricStore): Found[] {
  const [, schema = '', terms = '', statistic = '', period = ''] = search.exec(expression) ?? [];
  const [namespace = '', ...dimensions] = schema.split(',').map((part) => part.replaceAll('"', ''));
  const values = Object.fromEntries(
    [...terms.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const { MetricName: name, ...given } = values;
  if (name === undefined) throw new Error(`The search ${expression} cannot be evaluated here.`);
  const open = dimensions.filter((dimension) => !(dimension in given));
  return store
    .find({ namespace, name, dimensions, values: given })
    .map((metric) => ({
      metric,
      statistic,
      periodSeconds: Number(period),
      value: open.map((dimension) => metric.dimensions[dimension]).join(' '),
    }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}
