import {
  ConfigError,
  type EnvironmentConfig,
  type EnvironmentName,
  environmentNames,
  parseConfig,
} from './config.ts';

/**
 * Batches of ten without a window: a window would delay every doorbell by up to itself in each of two stages, and a
 * visitor's event should be seen within a second. Throughput does not need one, because a message rings for a whole
 * request of up to 1,000 events and `eventsPerTransaction` bounds what is loaded at once.
 */
const doorbells = { batchSize: 10, batchingWindowSeconds: 0 };

/**
 * A lost consumer's messages come back after six of these, so it is short; it still leaves room for one transaction
 * to be refused, retried and finished.
 */
const consumer = { ...doorbells, timeoutSeconds: 20, connections: 1 };
const ingest = { memoryMb: 1_024, timeoutSeconds: 20, connections: 1 };
const analytics = { memoryMb: 512, timeoutSeconds: 20, connections: 1 };
const maintenance = { memoryMb: 512, timeoutSeconds: 50, concurrency: 2, connections: 2 };
const migrate = { memoryMb: 512, timeoutSeconds: 780, concurrency: 1, connections: 2 };

// Half of what an account's HTTP APIs may take together, so that one installation cannot starve another.
const api = { rateLimit: 5_000, burstLimit: 2_500, tokenRateLimit: 30_000, questionRateLimit: 50 };

const shared = {
  logLevel: 'INFO',
  trackingEnabled: true,
  accountConcurrency: 1_000,
  processing: { eventsPerTransaction: 5_000, retryAfterSeconds: 30 },
  schedule: { sweepMinutes: 1, snapshotMinutes: 5, metricsMinutes: 60, partitions: { hour: 3, minute: 17 } },
};

const environments: Record<EnvironmentName, unknown> = {
  dev: {
    ...shared,
    logRetentionDays: 7,
    api: { ...api, questionsPerTenant: 2 },
    database: {
      minAcu: 0.5,
      maxAcu: 4,
      readers: 0,
      maxConnections: 200,
      headroom: 20,
      statementTimeoutSeconds: 15,
      backupDays: 1,
      protected: false,
    },
    functions: {
      ingest: { ...ingest, concurrency: 100 },
      analytics: { ...analytics, concurrency: 5 },
      staging: { ...consumer, memoryMb: 1_024, concurrency: 2 },
      business: { ...consumer, memoryMb: 512, concurrency: 2 },
      maintenance,
      migrate,
    },
  },
  staging: {
    ...shared,
    logRetentionDays: 30,
    api: { ...api, questionsPerTenant: 4 },
    database: {
      minAcu: 0.5,
      maxAcu: 8,
      readers: 0,
      maxConnections: 300,
      headroom: 30,
      statementTimeoutSeconds: 15,
      backupDays: 7,
      protected: true,
    },
    functions: {
      ingest: { ...ingest, concurrency: 150 },
      analytics: { ...analytics, concurrency: 10 },
      staging: { ...consumer, memoryMb: 1_769, concurrency: 8 },
      business: { ...consumer, memoryMb: 1_024, concurrency: 4 },
      maintenance,
      migrate,
    },
  },
  prod: {
    ...shared,
    logRetentionDays: 90,
    api: { ...api, questionsPerTenant: 8 },
    database: {
      minAcu: 2,
      maxAcu: 32,
      readers: 1,
      maxConnections: 600,
      headroom: 50,
      statementTimeoutSeconds: 15,
      backupDays: 14,
      protected: true,
    },
    functions: {
      ingest: { ...ingest, memoryMb: 1_769, concurrency: 300 },
      analytics: { ...analytics, concurrency: 20 },
      staging: { ...consumer, memoryMb: 1_769, concurrency: 16 },
      business: { ...consumer, memoryMb: 1_769, concurrency: 8 },
      maintenance,
      migrate,
    },
  },
};

/**
 * The name as one of the known environments.
 * @throws ConfigError that lists them.
 */
export function environmentNamed(name: string): EnvironmentName {
  const known = environmentNames.find((each) => each === name);
  if (known !== undefined) return known;
  throw new ConfigError(`There is no environment "${name}": choose one of ${environmentNames.join(', ')}.`);
}

/** @throws ConfigError when the environment's values do not fit together. */
export function configOf(environment: EnvironmentName): EnvironmentConfig {
  return parseConfig(environment, environments[environment]);
}
