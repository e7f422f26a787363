import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Api } from '../api/api.ts';
import { type EnvironmentConfig, visibilitySeconds } from '../config.ts';
import type { Migration } from '../database/migration.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Maintenance } from '../schedule/maintenance.ts';
import { type AlarmProps, type Alarms, whenMissing } from './alarms.ts';
import { type CustomMetrics, zeroWhereMissing } from './custom-metrics.ts';

/** Seconds until an event can be asked for, in the slowest hundredth. */
const FRESHNESS = 60;
/** Per cent. A sender that never gets it right stays below; a release that breaks its events does not. */
const QUARANTINED_SHARE = 5;
/** Sweeps that may be missing before the sweeper counts as stopped. */
const MISSED_SWEEPS = 3;
/** Rounds of lost, found by the sweeper and delivered again, before somebody is told. */
const ROUNDS = 2;

/** Events that a stage set aside, in per cent of those it took. */
export function quarantinedShare(custom: CustomMetrics, period = Duration.minutes(5)): MathExpression {
  return new MathExpression({
    expression: '100 * quarantined / (FILL(staged, 0) + quarantined)',
    usingMetrics: {
      quarantined: custom.metric('EventsQuarantined', { period }),
      staged: custom.metric('EventsStaged', { period }),
    },
    label: 'quarantined',
    period,
  });
}

export interface PipelineSubjects {
  readonly config: EnvironmentConfig;
  readonly custom: CustomMetrics;
  readonly api: Api;
  readonly pipeline: Pipeline;
  readonly maintenance: Maintenance;
  readonly migration: Migration;
}

/** Whether events arrive, and become of them what was promised. */
export function watchPipeline(alarms: Alarms, subjects: PipelineSubjects) {
  const { config, custom, api, pipeline, maintenance, migration } = subjects;
  const { schedule, processing, functions } = config;
  const { silenceMinutes } = config.alarms;
  const pending =
    ROUNDS *
    (schedule.sweepMinutes * 60 + processing.retryAfterSeconds + visibilitySeconds(functions.staging));
  const sweeps = Duration.minutes(MISSED_SWEEPS * schedule.sweepMinutes);
  const stages: AlarmProps['links'] = (console) => [
    console.logs(pipeline.stagingFunction.logGroup),
    console.logs(pipeline.businessFunction.logGroup),
  ];
  const jobs: AlarmProps['links'] = (console) => [
    console.function(maintenance.handler.functionName),
    console.logs(maintenance.handler.logGroup),
  ];
  const atLeastOne = {
    threshold: 1,
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    missing: whenMissing.idle,
  };
  return {
    silence:
      silenceMinutes === null
        ? { lines: [] }
        : alarms.add('high', api, 'Silence', {
            metric: custom.counted('EventsAccepted', 'events', Duration.minutes(silenceMinutes)),
            threshold: 1,
            comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
            periods: 1,
            missing: whenMissing.stopped,
            sentence: `Not one event was accepted for ${silenceMinutes} minutes.`,
            runbook: 'silence',
            links: (console) => [console.api(api.http.apiId), console.logs(api.accessLog)],
          }),
    pending: alarms.add('high', pipeline, 'OldestPending', {
      metric: custom.metric('OldestPendingAge'),
      threshold: pending,
      periods: 1,
      // The sweeper that measures it has an alarm of its own.
      missing: whenMissing.idle,
      sentence: `An accepted event waits longer than ${pending} s: the sweeper has rung for it and it is still not in the vault.`,
      runbook: 'oldest-pending-event',
      links: stages,
    }),
    lag: alarms.add('medium', pipeline, 'VaultLag', {
      metric: custom.metric('VaultLag'),
      threshold: FRESHNESS * 1_000,
      periods: 3,
      missing: whenMissing.idle,
      sentence: `The slowest hundredth of events reaches the vault later than ${FRESHNESS} s after its arrival.`,
      runbook: 'vault-lag',
      links: stages,
    }),
    quarantine: alarms.add('medium', pipeline, 'Quarantine', {
      metric: quarantinedShare(custom),
      threshold: QUARANTINED_SHARE,
      periods: 3,
      missing: whenMissing.idle,
      sentence: `More than ${QUARANTINED_SHARE} % of events are set aside instead of stored in the vault.`,
      runbook: 'quarantine',
      links: stages,
    }),
    doorbell: alarms.add('low', pipeline, 'DoorbellFailures', {
      ...atLeastOne,
      metric: custom.metric('DoorbellFailures'),
      periods: 3,
      sentence: 'The queues refuse messages again and again, and events wait for the sweeper instead.',
      runbook: 'doorbell-failures',
      links: (console) => [console.queue(pipeline.staging.queue), console.queue(pipeline.business.queue)],
    }),
    sweeper: alarms.add('high', maintenance, 'Sweeper', {
      metric: zeroWhereMissing(
        custom.metricOf('JobDuration', 'sweep', { statistic: 'SampleCount', period: sweeps }),
        'sweeps',
      ),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: 1,
      missing: whenMissing.stopped,
      sentence: `The sweeper has not run once in ${sweeps.toMinutes()} minutes: work that was lost on its way is not found again.`,
      runbook: 'sweeper-not-running',
      links: jobs,
    }),
    jobs: alarms.add('low', maintenance, 'JobFailures', {
      ...atLeastOne,
      metric: custom.metric('JobFailures', { period: Duration.minutes(15) }),
      periods: 1,
      sentence: 'A job of the schedule failed; it is tried again.',
      runbook: 'job-failures',
      links: jobs,
    }),
    ledger: alarms.add('medium', maintenance, 'LedgerGap', {
      metric: custom.metric('LedgerGap', {
        statistic: 'Maximum',
        period: Duration.minutes(schedule.metricsMinutes),
      }),
      threshold: 0,
      periods: 2,
      // The job that measures it has alarms of its own.
      missing: whenMissing.idle,
      sentence: 'Events arrived of which nobody can tell what became of them: the ledger has a gap.',
      runbook: 'ledger-gap',
      links: jobs,
    }),
    migration: alarms.add('high', migration, 'Failed', {
      ...atLeastOne,
      metric: custom.metric('MigrationFailures', { period: Duration.minutes(1) }),
      periods: 1,
      sentence: 'A migration failed and was rolled back; the release that brought it does not serve.',
      runbook: 'migration-failed',
      links: (console) => [
        console.function(migration.handler.functionName),
        console.logs(migration.handler.logGroup),
      ],
    }),
  };
}
