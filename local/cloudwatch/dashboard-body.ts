import * as z from 'zod';

const rendering = z.object({
  id: z.string().optional(),
  label: z.string().optional(),
  stat: z.string().default('Average'),
  period: z.number().optional(),
  yAxis: z.enum(['left', 'right']).default('left'),
  visible: z.boolean().default(true),
  expression: z.string().optional(),
});

/** A metric as a dashboard's body names it: what CloudWatch keeps under namespace, name and dimensions. */
export interface MetricReference {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const metricEntry = z.array(z.unknown()).transform((entry, context) => {
  const last = entry.at(-1);
  const options = rendering.safeParse(typeof last === 'string' ? {} : last);
  const names = z.array(z.string()).safeParse(typeof last === 'string' ? entry : entry.slice(0, -1));
  if (!options.success || !names.success) {
    context.addIssue({ code: 'custom', message: `no metric: ${JSON.stringify(entry)}` });
    return z.NEVER;
  }
  return { ...options.data, metric: metricOf(names.data) };
});

function metricOf([namespace, name, ...pairs]: readonly string[]): MetricReference | undefined {
  if (namespace === undefined || name === undefined) return undefined;
  const dimensions: Record<string, string> = {};
  for (let at = 0; at + 1 < pairs.length; at += 2) dimensions[pairs[at] ?? ''] = pairs[at + 1] ?? '';
  return { namespace, name, dimensions };
}

/** One metric or expression of a widget. */
export type MetricEntry = z.infer<typeof metricEntry>;

const axis = z.object({ label: z.string().default(''), min: z.number().optional() });
const annotation = z.object({
  value: z.number(),
  label: z.string().default(''),
  color: z.string().default('#d13212'),
  yAxis: z.enum(['left', 'right']).default('left'),
});
export type Annotation = z.infer<typeof annotation>;

const place = { x: z.number(), y: z.number(), width: z.number(), height: z.number() };

const metricWidget = z.object({
  type: z.literal('metric'),
  ...place,
  properties: z.object({
    title: z.string().default(''),
    view: z.enum(['timeSeries', 'singleValue']).default('timeSeries'),
    stacked: z.boolean().default(false),
    metrics: z.array(metricEntry).default([]),
    period: z.number().default(300),
    setPeriodToTimeRange: z.boolean().default(false),
    annotations: z.object({ horizontal: z.array(annotation).default([]) }).default({ horizontal: [] }),
    yAxis: z.object({ left: axis.optional(), right: axis.optional() }).default({}),
  }),
});
const logWidget = z.object({
  type: z.literal('log'),
  ...place,
  properties: z.object({
    title: z.string().default(''),
    view: z.enum(['table', 'timeSeries', 'bar']).default('table'),
    query: z.string(),
  }),
});
const alarmWidget = z.object({
  type: z.literal('alarm'),
  ...place,
  properties: z.object({ title: z.string().default(''), alarms: z.array(z.string()) }),
});
const textWidget = z.object({
  type: z.literal('text'),
  ...place,
  properties: z.object({ markdown: z.string() }),
});

const widget = z.discriminatedUnion('type', [metricWidget, logWidget, alarmWidget, textWidget]);

export type Widget = z.infer<typeof widget>;
export type MetricWidget = z.infer<typeof metricWidget>;
export type LogWidget = z.infer<typeof logWidget>;
export type AlarmWidget = z.infer<typeof alarmWidget>;

/** What of a CloudWatch dashboard can be drawn here. */
export const dashboardBody = z.object({
  variables: z
    .array(z.object({ type: z.literal('pattern'), pattern: z.string(), label: z.string().default('') }))
    .default([]),
  widgets: z.array(widget),
});

export type DashboardBody = z.infer<typeof dashboardBody>;
