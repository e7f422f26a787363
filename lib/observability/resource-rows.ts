import { Duration } from 'aws-cdk-lib';
import type { Api } from '../api/api.ts';
import type { Database } from '../database/database.ts';
import type { TrackingFunction } from '../function.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Maintenance } from '../schedule/maintenance.ts';
import { failedShare, type watchApi } from './api-alarms.ts';
import type { CustomMetrics } from './custom-metrics.ts';
import { storageGrowth, type watchDatabase } from './database-alarms.ts';
import type { watchFunction } from './function-alarms.ts';
import type { watchPipeline } from './pipeline-alarms.ts';
import type { watchPrivacy } from './privacy-alarms.ts';
import type { watchDoorbell, watchSchedule } from './queue-alarms.ts';
import { graph, type Row, text } from './widgets.ts';

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);

/** The queues that wake the stages, and what was set aside. */
export function queueRows(
  { staging, business }: Pipeline,
  maintenance: Maintenance,
  alarms: {
    readonly doorbells: readonly ReturnType<typeof watchDoorbell>[];
    readonly schedule: ReturnType<typeof watchSchedule>;
  },
): Row[] {
  const doorbells = [staging, business];
  const moved = { period: minute, statistic: 'Sum' };
  return [
    [text('## Queues and dead letters', 1)],
    [
      graph({
        title: 'Messages waiting and under way',
        unit: 'messages',
        left: doorbells.map((each) => each.metricWaiting()),
      }),
      graph({
        title: 'Messages sent and done',
        unit: 'messages a minute',
        left: doorbells.flatMap(({ queue, node }) => [
          queue.metricNumberOfMessagesSent({ ...moved, label: `${node.id} sent` }),
          queue.metricNumberOfMessagesDeleted({ ...moved, label: `${node.id} done` }),
        ]),
      }),
      graph({
        title: 'Oldest message',
        unit: 'seconds',
        left: doorbells.map((each) => each.metricOldestAge()),
        watched: alarms.doorbells.map(({ age }) => age),
      }),
      graph({
        title: 'Dead letters',
        unit: 'messages',
        left: [...doorbells, maintenance].map((each) => each.metricDeadLetters()),
        watched: [...alarms.doorbells.map(({ deadLetters }) => deadLetters), alarms.schedule],
      }),
    ],
  ];
}

/** What callers notice, and what they are told. */
export function apiRows(
  api: Api,
  custom: CustomMetrics,
  alarms: ReturnType<typeof watchApi> & Pick<ReturnType<typeof watchPipeline>, 'silence'>,
): Row[] {
  const counted = { period: minute, statistic: 'Sum' };
  return [
    [text('## API', 1)],
    [
      graph({
        title: 'Requests',
        unit: 'requests a minute',
        left: [
          api.metric('Count', { ...counted, label: 'all' }),
          api.metric('4xx', { ...counted, label: '4xx' }),
          api.metric('5xx', { ...counted, label: '5xx' }),
        ],
        right: {
          unit: 'events',
          metrics: [custom.metric('EventsAccepted', { period: minute, label: 'events accepted' })],
          watched: [alarms.silence],
        },
      }),
      graph({
        title: 'Requests failed with 5xx',
        unit: 'per cent',
        left: [failedShare(api, minute)],
        watched: [alarms.failures],
      }),
      graph({
        title: 'Latency',
        unit: 'milliseconds',
        left: ['p50', 'p90', 'p99'].map((statistic) =>
          api.metric('Latency', { statistic, label: statistic }),
        ),
        watched: [alarms.slowness],
      }),
      graph({
        title: 'Refused and failed by code',
        unit: 'requests',
        left: [custom.each('RequestsRefused'), custom.each('RequestsFailed')],
      }),
    ],
  ];
}

/** Each function's work, failures and room below its limits. */
export function functionRows(
  functions: readonly TrackingFunction[],
  alarms: readonly ReturnType<typeof watchFunction>[],
): Row[] {
  const each = (metric: (of: TrackingFunction, label: string) => ReturnType<TrackingFunction['metric']>) =>
    functions.map((handler) => metric(handler, handler.shortName));
  const counted = { period: fiveMinutes, statistic: 'Sum' };
  return [
    [text('## Functions', 1)],
    [
      graph({
        title: 'Invocations',
        unit: 'in five minutes',
        left: each((of, label) => of.metricInvocations({ ...counted, label })),
      }),
      graph({
        title: 'Concurrent executions',
        unit: 'executions',
        left: each((of, label) =>
          of.metric('ConcurrentExecutions', { period: minute, statistic: 'Maximum', label }),
        ),
      }),
      graph({
        title: 'Errors',
        unit: 'in five minutes',
        left: each((of, label) => of.metricErrors({ ...counted, label })),
        watched: alarms.map(({ errors }) => errors),
      }),
      graph({
        title: 'Throttles',
        unit: 'in five minutes',
        left: each((of, label) => of.metricThrottles({ ...counted, label })),
        watched: alarms.map(({ throttles }) => throttles),
      }),
      graph({
        title: 'Duration p99 of the time-out',
        unit: 'per cent',
        left: functions.map((handler) => handler.metricTimeoutShare()),
        watched: alarms.map(({ duration }) => duration),
      }),
    ],
  ];
}

/** The cluster: how much of it is used. */
export function databaseRows(
  database: Database,
  { readers }: { readonly readers: number },
  alarms: ReturnType<typeof watchDatabase>,
): Row[] {
  return [
    [text('## Database', 1)],
    [
      graph({
        title: 'Capacity',
        unit: 'ACU',
        left: [database.metricOfWriter('ServerlessDatabaseCapacity', { statistic: 'Average', label: 'ACU' })],
        right: {
          unit: 'per cent',
          metrics: [
            database.metricOfWriter('ACUUtilization', { statistic: 'Average', label: 'of the maximum' }),
          ],
          watched: [alarms.capacity],
        },
      }),
      graph({
        title: 'Connections',
        unit: 'connections',
        left: [database.metricOfWriter('DatabaseConnections', { statistic: 'Maximum', label: 'taken' })],
        watched: [alarms.connections],
      }),
      graph({
        title: 'Processors',
        unit: 'per cent',
        left: [database.metricOfWriter('CPUUtilization', { statistic: 'Average', label: 'busy' })],
        watched: [alarms.cpu],
      }),
      graph({
        title: 'Commits',
        unit: 'a second',
        left: [database.metricOfWriter('CommitThroughput', { statistic: 'Average', label: 'commits' })],
      }),
    ],
    [
      graph({
        title: 'Storage',
        unit: 'bytes',
        left: [database.metric('VolumeBytesUsed', { statistic: 'Average', label: 'used' })],
      }),
      graph({
        title: 'Growth of the storage',
        unit: 'GiB a day',
        left: [storageGrowth(database)],
        watched: [alarms.storage],
      }),
      graph({
        title: 'Deadlocks',
        unit: 'a second',
        left: [database.metric('Deadlocks', { statistic: 'Maximum', label: 'deadlocks' })],
        watched: [alarms.deadlocks],
      }),
      ...(readers === 0
        ? []
        : [
            graph({
              title: 'Readers behind the writer',
              unit: 'milliseconds',
              left: [database.metric('AuroraReplicaLagMaximum', { statistic: 'Maximum', label: 'lag' })],
              watched: [alarms.replica],
            }),
          ]),
    ],
  ];
}

/** What runs by the clock and at a deployment. */
export function jobRows(custom: CustomMetrics, alarms: ReturnType<typeof watchPipeline>): Row[] {
  return [
    [text('## Jobs and migrations', 1)],
    [
      graph({
        title: 'Duration by job',
        unit: 'milliseconds',
        left: [custom.each('JobDuration')],
        right: {
          unit: 'sweeps',
          metrics: [custom.metricOf('JobDuration', 'sweep', { statistic: 'SampleCount', label: 'sweeps' })],
          watched: [alarms.sweeper],
        },
      }),
      graph({
        title: 'Failures by job',
        unit: 'failures',
        left: [custom.each('JobFailures')],
        watched: [alarms.jobs],
      }),
      graph({
        title: 'Made up for by the sweeper',
        unit: 'in five minutes',
        left: [
          custom.counted('RequestsRungAgain', 'requests rung again'),
          custom.counted('DoorbellFailures', 'rings that no queue took'),
        ],
        watched: [alarms.doorbell],
      }),
      graph({
        title: 'Migrations',
        unit: 'migrations',
        left: [
          custom.metric('MigrationsApplied', { label: 'applied' }),
          custom.metric('MigrationFailures', { label: 'failed' }),
        ],
        watched: [alarms.migration],
      }),
    ],
  ];
}

/** Whether every event is accounted for, and how far published metrics can be relied on. */
export function ledgerRow(custom: CustomMetrics, alarms: ReturnType<typeof watchPipeline>): Row[] {
  return [
    [
      graph({
        title: 'Gap of the ledger',
        unit: 'events',
        left: [custom.metric('LedgerGap', { statistic: 'Maximum', label: 'gap' })],
        watched: [alarms.ledger],
      }),
      graph({
        title: 'Published days that changed',
        unit: 'days of sites',
        left: [custom.metric('DaysRestated', { label: 'restated' })],
      }),
    ],
  ];
}

/** What visitors have asked for. */
export function privacyRow(custom: CustomMetrics, alarms: ReturnType<typeof watchPrivacy>): Row[] {
  return [
    [
      graph({
        title: 'Oldest export or erasure that waits',
        unit: 'seconds',
        left: [custom.metric('OldestPrivacyJobAge', { label: 'oldest' })],
        watched: [alarms.age],
      }),
      graph({
        title: 'Exports and erasures given up',
        unit: 'jobs',
        left: [custom.metric('PrivacyJobsFailed', { label: 'failed' })],
        watched: [alarms.failed],
      }),
    ],
  ];
}
