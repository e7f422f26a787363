import * as z from 'zod';
import { evaluate, type References } from '../intrinsics.ts';
import { Resources } from '../template/resources.ts';
import { type DashboardBody, dashboardBody, type MetricReference } from './dashboard-body.ts';

const expression = z.unknown();
const dimension = z.object({ Name: z.string(), Value: expression });
const alarmProperties = z.object({
  AlarmName: z.string(),
  AlarmDescription: expression,
  AlarmActions: z.array(expression).default([]),
  Threshold: z.number(),
  ComparisonOperator: z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(dimension).default([]),
  Period: z.number().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        MetricStat: z
          .object({
            Metric: z.object({
              Namespace: z.string(),
              MetricName: z.string(),
              Dimensions: z.array(dimension).default([]),
            }),
            Period: z.number(),
            Stat: z.string(),
          })
          .optional(),
      }),
    )
    .default([]),
});

/** A metric that an alarm looks at. */
export interface WatchedMetric {
  readonly id: string;
  readonly metric: MetricReference;
  readonly statistic: string;
  readonly periodSeconds: number;
}

export interface AlarmModel {
  readonly logicalId: string;
  readonly name: string;
  readonly description: string;
  readonly actions: readonly string[];
  readonly threshold: number;
  readonly comparison: z.infer<typeof alarmProperties>['ComparisonOperator'];
  readonly periods: number;
  readonly breaching: number;
  readonly missing: z.infer<typeof alarmProperties>['TreatMissingData'];
  readonly metrics: readonly WatchedMetric[];
  /** What is compared with the threshold, where that is not the only metric itself. */
  readonly expression: string | undefined;
  readonly periodSeconds: number;
}

export interface DashboardModel {
  readonly logicalId: string;
  readonly name: string;
  /** The body as CloudWatch gets it. */
  readonly source: string;
  readonly body: DashboardBody;
}

/** Where a reference stands for its own name, which tells resources of a template apart. */
export const byName: References = {
  ref: (logicalId) => logicalId,
  attribute: (logicalId, attribute) => `${logicalId}.${attribute}`,
};

const templateShape = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
});

/**
 * The alarms and dashboards of a CloudFormation template.
 * @throws Error that names what of them is not known here.
 */
export function readMonitoring(
  template: unknown,
  references: References = byName,
): { alarms: AlarmModel[]; dashboards: DashboardModel[] } {
  const resources = new Resources(templateShape.parse(template).Resources);
  const dimensionsOf = (dimensions: readonly z.infer<typeof dimension>[]) =>
    Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, evaluate(Value, references)]));
  const alarms = resources
    .ofType('AWS::CloudWatch::Alarm', alarmProperties)
    .map(({ logicalId, properties }): AlarmModel => {
      const metrics = watchedBy(properties, dimensionsOf);
      return {
        logicalId,
        name: properties.AlarmName,
        description: evaluate(properties.AlarmDescription, references),
        actions: properties.AlarmActions.map((action) => evaluate(action, references)),
        threshold: properties.Threshold,
        comparison: properties.ComparisonOperator,
        periods: properties.EvaluationPeriods,
        breaching: properties.DatapointsToAlarm ?? properties.EvaluationPeriods,
        missing: properties.TreatMissingData,
        metrics,
        expression: properties.Metrics.find((each) => each.Expression !== undefined)?.Expression,
        periodSeconds: metrics[0]?.periodSeconds ?? 60,
      };
    });
  const dashboards = resources
    .ofType('AWS::CloudWatch::Dashboard', z.object({ DashboardName: z.string(), DashboardBody: expression }))
    .map(({ logicalId, properties }) => {
      const source = evaluate(properties.DashboardBody, references);
      return {
        logicalId,
        name: properties.DashboardName,
        source,
        body: dashboardBody.parse(JSON.parse(source)),
      };
    });
  return { alarms, dashboards };
}

function watchedBy(
  properties: z.infer<typeof alarmProperties>,
  dimensionsOf: (dimensions: readonly z.infer<typeof dimension>[]) => Record<string, string>,
): WatchedMetric[] {
  const { Namespace: namespace, MetricName: name, Period, Statistic, ExtendedStatistic } = properties;
  if (namespace !== undefined && name !== undefined) {
    return [
      {
        id: name,
        metric: { namespace, name, dimensions: dimensionsOf(properties.Dimensions) },
        statistic: Statistic ?? ExtendedStatistic ?? 'Average',
        periodSeconds: Period ?? 60,
      },
    ];
  }
  return properties.Metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined
      ? []
      : {
          id: Id,
          metric: {
            namespace: MetricStat.Metric.Namespace,
            name: MetricStat.Metric.MetricName,
            dimensions: dimensionsOf(MetricStat.Metric.Dimensions),
          },
          statistic: MetricStat.Stat,
          periodSeconds: MetricStat.Period,
        },
  );
}

/** The dashboard as its reader sees it who has entered a value for its variables. */
export function chosen({ source, ...dashboard }: DashboardModel, value: string): DashboardModel {
  const quoted = JSON.stringify(value).slice(1, -1);
  const text = dashboard.body.variables.reduce(
    (body, { pattern }) => body.replaceAll(pattern, () => quoted),
    source,
  );
  return { ...dashboard, source: text, body: dashboardBody.parse(JSON.parse(text)) };
}
