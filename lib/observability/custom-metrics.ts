import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricOptions, SearchExpression } from 'aws-cdk-lib/aws-cloudwatch';
import {
  environmentDimension,
  type MetricName,
  metricNamespace,
  metrics,
} from '../../lambdas/platform/metric-names.ts';

/** How the values of a unit are told in one number, unless somebody asks for another. */
const statistics = { Count: 'Sum', Bytes: 'Sum', Milliseconds: 'p99', Seconds: 'Maximum' } as const;

/** Metrics that have a breakdown. */
type BrokenDown = {
  [Name in MetricName]: (typeof metrics)[Name] extends { by: string } ? Name : never;
}[MetricName];

/**
 * The metrics that the functions write themselves. They belong to the pipeline as a whole: several functions count the
 * same thing, so no construct owns one.
 */
export class CustomMetrics {
  readonly #environment: string;

  constructor(environment: string) {
    this.#environment = environment;
  }

  metric(name: MetricName, options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: metricNamespace,
      metricName: name,
      dimensionsMap: { [environmentDimension]: this.#environment },
      statistic: statistics[metrics[name].unit],
      period: Duration.minutes(5),
      label: name,
      ...options,
    });
  }

  /** The same for one value of the breakdown. */
  metricOf(name: BrokenDown, value: string, options: MetricOptions = {}): Metric {
    return this.metric(name, {
      dimensionsMap: { [environmentDimension]: this.#environment, [metrics[name].by]: value },
      label: value,
      ...options,
    });
  }

  /** A line for each value of the breakdown that has been seen, since the values are found out at run time. */
  each(name: BrokenDown, period = Duration.minutes(5)): SearchExpression {
    const { unit, by } = metrics[name];
    const schema = [metricNamespace, environmentDimension, by].map((part) => `"${part}"`).join(',');
    const terms = `MetricName="${name}" ${environmentDimension}="${this.#environment}"`;
    return new SearchExpression({
      expression: `SEARCH('{${schema}} ${terms}', '${statistics[unit]}', ${period.toSeconds()})`,
      label: '',
      period,
    });
  }

  /** Nothing counted is a zero on a graph, not a gap. */
  counted(name: MetricName, label: string, period = Duration.minutes(5)): MathExpression {
    return zeroWhereMissing(this.metric(name, { period }), label);
  }
}

/**
 * A metric with a zero for each period without a value. An alarm on too little needs it: CloudWatch looks for older values first
 * where the last ones are missing, and would ring late.
 */
export function zeroWhereMissing(metric: Metric, label: string): MathExpression {
  const { metricName, period } = metric;
  const id = `${metricName.charAt(0).toLowerCase()}${metricName.slice(1)}`;
  return new MathExpression({ expression: `FILL(${id}, 0)`, usingMetrics: { [id]: metric }, label, period });
}
