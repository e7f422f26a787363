import { Duration } from 'aws-cdk-lib';
import type { Api } from '../api/api.ts';
import type { CustomMetrics } from './custom-metrics.ts';
import { quarantinedShare, type watchPipeline } from './pipeline-alarms.ts';
import { graph, latest, type Row, text, total } from './widgets.ts';

const minute = Duration.minutes(1);

/** What becomes of events: accepted and stored raw, staged, vaulted; how long each takes; what falls out on the way. */
export function story(custom: CustomMetrics, api: Api, alarms: ReturnType<typeof watchPipeline>): Row[] {
  const lags = (statistic: 'p50' | 'p99') => {
    const options = { statistic, period: minute };
    return [
      api.metric('IntegrationLatency', { ...options, label: 'raw' }),
      custom.metric('StagingLag', { ...options, label: 'staged' }),
      custom.metric('VaultLag', { ...options, label: 'vaulted' }),
    ];
  };
  return [
    [text('## Events: accepted → raw → staged → vaulted', 1)],
    [
      total('Received', [custom.metric('EventsReceived', { label: 'events' })]),
      total('Accepted and stored raw', [custom.metric('EventsAccepted', { label: 'events' })]),
      total('Staged', [custom.metric('EventsStaged', { label: 'events' })]),
      total('Vaulted', [custom.metric('EventsVaulted', { label: 'events' })]),
      total('Quarantined', [custom.metric('EventsQuarantined', { label: 'events' })]),
      latest('Waiting', [custom.metric('EventsPending', { statistic: 'Maximum', label: 'events' })]),
    ],
    [
      graph({
        title: 'Events by stage',
        unit: 'events a minute',
        left: [
          custom.counted('EventsAccepted', 'accepted, raw', minute),
          custom.counted('EventsStaged', 'staged', minute),
          custom.counted('EventsVaulted', 'vaulted', minute),
        ],
      }),
      graph({ title: 'Lag by stage, half of the events (p50)', unit: 'milliseconds', left: lags('p50') }),
      graph({
        title: 'Lag by stage, the slowest hundredth (p99)',
        unit: 'milliseconds',
        left: lags('p99'),
        watched: [alarms.lag],
      }),
    ],
    [
      graph({
        title: 'Quarantine by reason',
        unit: 'events',
        left: [custom.each('EventsQuarantined')],
        right: {
          unit: 'per cent of events',
          metrics: [quarantinedShare(custom)],
          watched: [alarms.quarantine],
        },
      }),
      graph({
        title: 'Not stored',
        unit: 'events',
        left: [
          custom.counted('EventsRejected', 'rejected'),
          custom.counted('EventsDuplicate', 'duplicate'),
          custom.counted('EventsOptedOut', 'opted out'),
        ],
      }),
      graph({
        title: 'Waiting for a stage',
        unit: 'events',
        left: [custom.metric('EventsPending', { statistic: 'Maximum', period: minute, label: 'waiting' })],
        right: {
          unit: 'seconds',
          metrics: [custom.metric('OldestPendingAge', { period: minute, label: 'oldest' })],
          watched: [alarms.pending],
        },
      }),
    ],
  ];
}
