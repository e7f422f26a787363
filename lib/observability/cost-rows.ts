import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Api } from '../api/api.ts';
import type { Database } from '../database/database.ts';
import type { TrackingFunction } from '../function.ts';
import type { Doorbell } from '../pipeline/doorbell.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { graph, type Row, text } from './widgets.ts';

const hour = Duration.hours(1);
const MEBIBYTE = 1024 ** 2;

/** Calls that SQS bills: each sends, fetches or removes messages, and most fetch none. */
function queueCalls({ queue, node }: Doorbell): MathExpression {
  const id = node.id.toLowerCase();
  const options = { period: hour, statistic: 'Sum' };
  return new MathExpression({
    expression: `FILL(${id}_sent, 0) + FILL(${id}_received, 0) + FILL(${id}_deleted, 0) + FILL(${id}_empty, 0)`,
    usingMetrics: {
      [`${id}_sent`]: queue.metricNumberOfMessagesSent(options),
      [`${id}_received`]: queue.metricNumberOfMessagesReceived(options),
      [`${id}_deleted`]: queue.metricNumberOfMessagesDeleted(options),
      [`${id}_empty`]: queue.metricNumberOfEmptyReceives(options),
    },
    label: node.id,
    period: hour,
  });
}

function logged(group: ILogGroup, label: string): MathExpression {
  const id = `bytes_${label}`;
  return new MathExpression({
    expression: `${id} / ${MEBIBYTE}`,
    usingMetrics: {
      [id]: new Metric({
        namespace: 'AWS/Logs',
        metricName: 'IncomingBytes',
        dimensionsMap: { LogGroupName: group.logGroupName },
        statistic: 'Sum',
        period: hour,
      }),
    },
    label,
    period: hour,
  });
}

export interface CostSubjects {
  readonly api: Api;
  readonly database: Database;
  /** Instances beside the writer. */
  readonly readers: number;
  readonly pipeline: Pipeline;
  readonly functions: readonly TrackingFunction[];
}

/** The quantities that the bill is made of, by the hour. Prices stand in one table, which is not this one. */
export function costRows({ api, database, readers, pipeline, functions }: CostSubjects): Row[] {
  return [
    [
      text(
        '## Quantities that are billed, by the hour\nIn dollars: `npm run cost -- --events-per-second N --batch B`, explained in docs/operations/cost.md.',
        2,
      ),
    ],
    [
      graph({
        title: 'Lambda',
        unit: 'GB-seconds',
        left: functions.map((handler) => handler.metricGigabyteSeconds(hour)),
        stacked: true,
      }),
      graph({
        title: 'Aurora',
        unit: 'ACU-hours',
        left: [
          new MathExpression({
            // Over all instances the metric is their average, and each is billed.
            expression: `${1 + readers} * capacity * PERIOD(capacity) / 3600`,
            usingMetrics: {
              capacity: database.metric('ServerlessDatabaseCapacity', { period: hour, statistic: 'Average' }),
            },
            label: 'ACU-hours',
            period: hour,
          }),
        ],
      }),
      graph({
        title: 'SQS',
        unit: 'messages and empty receives',
        left: [pipeline.staging, pipeline.business].map(queueCalls),
        stacked: true,
      }),
      graph({
        title: 'HTTP API',
        unit: 'requests',
        left: [api.metric('Count', { period: hour, statistic: 'Sum', label: 'requests' })],
      }),
      graph({
        title: 'Logs',
        unit: 'MiB',
        left: [
          ...functions.map((handler) => logged(handler.logGroup, handler.shortName)),
          logged(api.accessLog, 'access'),
        ],
        stacked: true,
      }),
    ],
  ];
}
