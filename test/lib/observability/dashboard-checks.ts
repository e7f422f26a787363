import * as z from 'zod';
import { metricNamespace, metrics } from '../../../lambdas/platform/metric-names.ts';
import type { MetricReference, MetricWidget, Widget } from '../../../local/cloudwatch/dashboard-body.ts';
import { readMonitoring } from '../../../local/cloudwatch/monitoring.ts';
import { functionsOf, ofType, type Resources } from '../template.ts';
import { alarmsOf } from './alarm-checks.ts';

export function widgetsOf(resources: Resources, dashboard: string): Widget[] {
  const found = readMonitoring({ Resources: resources }).dashboards.find(({ name }) => name === dashboard);
  return found?.body.widgets ?? [];
}

const isMetric = (widget: Widget): widget is MetricWidget => widget.type === 'metric';

interface Shown extends MetricReference {
  readonly title: string;
  readonly statistic: string;
}

function shownOn(widgets: readonly Widget[]): Shown[] {
  return widgets
    .filter(isMetric)
    .flatMap(({ properties: { title, metrics: entries } }) =>
      entries.flatMap(({ metric, stat }) =>
        metric === undefined ? [] : [{ ...metric, title, statistic: stat }],
      ),
    );
}

const searchesOn = (widgets: readonly Widget[]) =>
  widgets
    .filter(isMetric)
    .flatMap(({ properties }) => properties.metrics.flatMap(({ expression }) => expression ?? []))
    .filter((each) => each.startsWith('SEARCH('));

/** Checklist 40: what the dashboard of the environment should show and does not. */
export function notShown(resources: Resources, environment: string): string[] {
  const widgets = widgetsOf(resources, `onevault-${environment}`);
  const shown = shownOn(widgets);
  const searches = searchesOn(widgets);
  const has = (namespace: string, name: string, value: string, statistic?: string) =>
    shown.some(
      (each) =>
        each.namespace === namespace &&
        each.name === name &&
        Object.values(each.dimensions).includes(value) &&
        (statistic === undefined || each.statistic === statistic),
    );
  const custom = (name: string, statistic?: string) => has(metricNamespace, name, environment, statistic);
  const expressions = widgets
    .filter(isMetric)
    .flatMap(({ properties }) => properties.metrics.flatMap(({ expression }) => expression ?? []));
  const instances = ofType(resources, 'AWS::RDS::DBInstance', z.unknown()).length;
  const titles = shown.map(({ title }) => title);
  const watching = widgets.flatMap((each) => (each.type === 'alarm' ? each.properties.alarms : []));
  const wanted: [string, boolean][] = [
    ...['EventsAccepted', 'EventsStaged', 'EventsVaulted', 'EventsQuarantined', 'EventsPending'].map(
      (name): [string, boolean] => [name, custom(name)],
    ),
    ...['p50', 'p99'].flatMap((statistic): [string, boolean][] => [
      [
        `raw lag ${statistic}`,
        shown.some((each) => each.name === 'IntegrationLatency' && each.statistic === statistic),
      ],
      [`staging lag ${statistic}`, custom('StagingLag', statistic)],
      [`vault lag ${statistic}`, custom('VaultLag', statistic)],
    ]),
    [
      'quarantine by reason',
      searches.some((each) => /,"reason"\} MetricName="EventsQuarantined"/.test(each)),
    ],
    ...ofType(resources, 'AWS::SQS::Queue', z.unknown()).map(({ id }): [string, boolean] => [
      `queue ${id}`,
      has('AWS/SQS', 'ApproximateNumberOfMessagesVisible', `${id}.QueueName`),
    ]),
    ...functionsOf(resources).flatMap(({ id, entry }) =>
      ['Invocations', 'Errors', 'Throttles', 'Duration'].map((name): [string, boolean] => [
        `${entry} ${name}`,
        has('AWS/Lambda', name, id),
      ]),
    ),
    ...['ServerlessDatabaseCapacity', 'DatabaseConnections', 'CPUUtilization', 'VolumeBytesUsed'].map(
      (name): [string, boolean] => [
        name,
        shown.some((each) => each.namespace === 'AWS/RDS' && each.name === name),
      ],
    ),
    // What a busy writer shows, an average with an idle reader halves.
    ...['ACUUtilization', 'CPUUtilization', 'DatabaseConnections', 'CommitThroughput'].map(
      (name): [string, boolean] => [`${name} of the writer`, has('AWS/RDS', name, 'WRITER')],
    ),
    [
      'ACU-hours of every instance',
      expressions.some((each) => each.startsWith(`${instances} * capacity * `)),
    ],
    ...['Lambda', 'Aurora', 'SQS', 'HTTP API', 'Logs'].map((title): [string, boolean] => [
      `cost of ${title}`,
      titles.includes(title),
    ]),
    [
      'the cost command',
      widgets.some((each) => each.type === 'text' && each.properties.markdown.includes('npm run cost')),
    ],
    ...alarmsOf(resources).map(({ logicalId, name }): [string, boolean] => [
      `alarm ${name}`,
      watching.includes(`${logicalId}.Arn`),
    ]),
  ];
  return wanted.filter(([, isThere]) => !isThere).map(([what]) => what);
}

/** Alarms whose threshold no graph shows as a line: none drawn, or another value. */
export function withoutLine(resources: Resources, environment: string): string[] {
  const graphs = widgetsOf(resources, `onevault-${environment}`).filter(isMetric);
  return alarmsOf(resources)
    .filter(({ threshold, metrics: watched }) =>
      graphs.every(
        ({ properties }) =>
          !properties.annotations.horizontal.some(({ value }) => value === threshold) ||
          !watched.every(
            ({ metric }) =>
              properties.metrics.some(
                (each) => each.metric?.name === metric.name && each.metric.namespace === metric.namespace,
              ) ||
              properties.metrics.some(({ expression }) =>
                expression?.includes(`MetricName="${metric.name}"`),
              ),
          ),
      ),
    )
    .map(({ name }) => name);
}

/** Names of the product's own metrics, on dashboards and in alarms, that no function writes. */
export function unknownNames(resources: Resources, environment: string): string[] {
  const widgets = widgetsOf(resources, `onevault-${environment}`);
  const names = [
    ...[
      ...shownOn(widgets),
      ...alarmsOf(resources).flatMap((alarm) => alarm.metrics.map(({ metric }) => metric)),
    ]
      .filter(({ namespace }) => !namespace.startsWith('AWS/'))
      .map(({ namespace, name }) => (namespace === metricNamespace ? name : `${namespace} ${name}`)),
    ...searchesOn(widgets).flatMap((each) => /MetricName="(\w+)"/.exec(each)?.[1] ?? each),
  ];
  return [...new Set(names)].filter((name) => !Object.hasOwn(metrics, name));
}
