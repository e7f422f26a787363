import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { EnvironmentConfig } from '../config.ts';
import type { Database } from '../database/database.ts';
import { type AlarmProps, type Alarms, whenMissing } from './alarms.ts';

/** Per cent. Above it there is no room for the failure of an instance, a migration or a busy hour. */
const BUSY = 80;
/** A reader so far behind answers questions from a past that callers notice. */
const REPLICA_LAG_MILLISECONDS = 5_000;
/** More than twenty million events a day: either the installation has grown into another class, or something does not end. */
const GROWTH_GIBIBYTES_A_DAY = 20;
const GIBIBYTE = 1024 ** 3;

/** Growth of the storage as it would be in a day if it went on. */
export function storageGrowth(database: Database): MathExpression {
  const period = Duration.hours(1);
  return new MathExpression({
    expression: `RATE(volume) * 86400 / ${GIBIBYTE}`,
    usingMetrics: { volume: database.metric('VolumeBytesUsed', { period, statistic: 'Average' }) },
    label: 'GiB a day',
    period,
  });
}

/** What can be wrong with the cluster. */
export function watchDatabase(alarms: Alarms, database: Database, config: EnvironmentConfig['database']) {
  const common = {
    periods: 3,
    missing: whenMissing.unknown,
    links: (console: Parameters<AlarmProps['links']>[0]) => [
      console.cluster(database.cluster.clusterIdentifier),
    ],
  };
  const connections = Math.floor((config.maxConnections * BUSY) / 100);
  return {
    capacity: alarms.add('medium', database, 'Capacity', {
      ...common,
      metric: database.metricOfWriter('ACUUtilization', { statistic: 'Average' }),
      threshold: BUSY,
      sentence: `The cluster uses more than ${BUSY} % of the ${config.maxAcu} capacity units that it may grow to.`,
      runbook: 'database-capacity',
    }),
    connections: alarms.add('medium', database, 'Connections', {
      ...common,
      metric: database.metricOfWriter('DatabaseConnections', { statistic: 'Maximum' }),
      threshold: connections,
      sentence: `More than ${connections} of ${config.maxConnections} connections are taken.`,
      runbook: 'database-connections',
    }),
    cpu: alarms.add('low', database, 'Cpu', {
      ...common,
      metric: database.metricOfWriter('CPUUtilization', { statistic: 'Average' }),
      threshold: BUSY,
      sentence: `The database's processors are busy for more than ${BUSY} % of the time.`,
      runbook: 'database-cpu',
    }),
    deadlocks: alarms.add('low', database, 'Deadlocks', {
      ...common,
      metric: database.metric('Deadlocks', { statistic: 'Maximum' }),
      threshold: 0,
      sentence: 'Transactions wait for each other again and again until Postgres ends one of them.',
      runbook: 'database-deadlocks',
    }),
    storage: alarms.add('low', database, 'StorageGrowth', {
      ...common,
      metric: storageGrowth(database),
      threshold: GROWTH_GIBIBYTES_A_DAY,
      sentence: `The storage grows by more than ${GROWTH_GIBIBYTES_A_DAY} GiB a day.`,
      runbook: 'database-storage-growth',
    }),
    replica:
      config.readers === 0
        ? { lines: [] }
        : alarms.add('medium', database, 'ReplicaLag', {
            ...common,
            metric: database.metric('AuroraReplicaLagMaximum', { statistic: 'Maximum' }),
            threshold: REPLICA_LAG_MILLISECONDS,
            sentence: `A reader is more than ${REPLICA_LAG_MILLISECONDS / 1_000} s behind the writer.`,
            runbook: 'database-replica-lag',
          }),
  };
}
