import * as z from 'zod';

/** What an environment has, as its template says, of what is paid by the piece. */
export interface Inventory {
  readonly alarms: number;
  readonly dashboards: number;
  /** Dashboards with more metrics than the free ones may have. */
  readonly largeDashboards: number;
  readonly keys: number;
  readonly budgets: number;
  readonly consumers: number;
}

/** CloudWatch charges for a dashboard with more metrics than this from the first. */
const FREE_DASHBOARD_METRICS = 50;

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
const alarm = z.object({ Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional() });
/** A reference as text that may stand inside of JSON, different for each. */
const nameOf = (reference: unknown): string => JSON.stringify(reference).replaceAll('"', '');

/** A dashboard's body is text with references in between. */
const dashboard = z.object({
  DashboardBody: z.union([
    z.string(),
    z
      .object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })
      .transform((body) =>
        body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : nameOf(part))).join(''),
      ),
  ]),
});
const body = z.object({
  widgets: z.array(
    z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())).default([]) }) }),
  ),
});

export function takeInventory(source: unknown): Inventory {
  const resources = Object.values(template.parse(source).Resources);
  const of = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const sizes = of('AWS::CloudWatch::Dashboard').map((each) => {
    const { widgets } = body.parse(JSON.parse(dashboard.parse(each).DashboardBody));
    const metrics = widgets
      .flatMap(({ properties }) => properties.metrics)
      .filter(([first]) => typeof first === 'string');
    return new Set(metrics.map((metric) => JSON.stringify(metric.filter((part) => typeof part === 'string'))))
      .size;
  });
  const large = sizes.filter((metrics) => metrics > FREE_DASHBOARD_METRICS).length;
  return {
    // An alarm on an expression is charged for each metric in it.
    alarms: of('AWS::CloudWatch::Alarm')
      .map(
        (each) => alarm.parse(each).Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1,
      )
      .reduce((sum, metrics) => sum + metrics, 0),
    dashboards: sizes.length - large,
    largeDashboards: large,
    keys: of('AWS::KMS::Key').length,
    budgets: of('AWS::Budgets::Budget').length,
    consumers: of('AWS::Lambda::EventSourceMapping').length,
  };
}
