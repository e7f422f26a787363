import { preflightRoute, storingRoutes } from '../lambdas/platform/routes.ts';
import { type EnvironmentConfig, severities } from './config.ts';
import { checkOwnName, chosenFolder, ownEnvironmentNames, readOwnEnvironment } from './own-environments.ts';
import { ConfigError, parseConfig } from './parse-config.ts';

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
/** At the full hour five jobs meet. */
const maintenance = { memoryMb: 512, timeoutSeconds: 50, concurrency: 5, connections: 2 };
const migrate = { memoryMb: 512, timeoutSeconds: 780, concurrency: 1, connections: 2 };

/** Half of what an account's HTTP APIs may take together, so that one installation cannot starve another. */
const storing = { rateLimit: 5_000, burstLimit: 2_500 };

const api = {
  rateLimit: 500,
  burstLimit: 250,
  tokenRateLimit: 30_000,
  questionRateLimit: 50,
  routes: {
    ...Object.fromEntries([...storingRoutes, preflightRoute].map((route) => [route, storing])),
    // Anybody may ask these, and each asks the database.
    'GET /health/detailed': { rateLimit: 20, burstLimit: 20 },
    'GET /health/db': { rateLimit: 5, burstLimit: 5 },
    'POST /api/v1/track/process': { rateLimit: 50, burstLimit: 20 },
  },
};

const shared = {
  owner: 'platform',
  costCenter: 'site-tracking',
  deployment: 'atOnce',
  customerManagedKey: false,
  operatorAccess: false,
  domain: null,
  edge: null,
  logLevel: 'INFO',
  tracing: 'active',
  trackingEnabled: true,
  accountConcurrency: 1_000,
  accountRequestRate: 10_000,
  processing: { eventsPerTransaction: 5_000, retryAfterSeconds: 30, gatherSeconds: 0 },
  schedule: { sweepMinutes: 1, snapshotMinutes: 5, metricsMinutes: 60, partitions: { hour: 3, minute: 17 } },
};

const nobody = { high: [], medium: [], low: [] };

const dev = {
  ...shared,
  logRetentionDays: 7,
  api: { ...api, questionsPerTenant: 2 },
  alarms: { active: ['high'], notify: nobody, silenceMinutes: null },
  budget: { monthlyUsd: 30, notify: [] },
  network: { endpointZones: 1, flowLogs: false },
  // Every two hours, all at the same minute: in between the cluster sleeps.
  schedule: {
    sweepMinutes: 120,
    snapshotMinutes: 120,
    metricsMinutes: 120,
    partitions: { hour: 4, minute: 0 },
  },
  database: {
    minAcu: 0,
    pauseAfterMinutes: 5,
    maxAcu: 4,
    ioOptimized: false,
    readers: 0,
    readersFollow: true,
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
};

/** What `npm start` runs, and never deployed: dev whose database does not sleep, so its jobs need not wait for each other. */
const local = {
  ...dev,
  alarms: { active: severities, notify: nobody, silenceMinutes: 15 },
  schedule: shared.schedule,
  database: { ...dev.database, minAcu: 0.5 },
};

const staging = {
  ...shared,
  logRetentionDays: 30,
  api: { ...api, questionsPerTenant: 4 },
  alarms: { active: ['high', 'medium'], notify: nobody, silenceMinutes: null },
  budget: { monthlyUsd: 150, notify: [] },
  network: { endpointZones: 2, flowLogs: false },
  database: {
    minAcu: 0.5,
    pauseAfterMinutes: 5,
    maxAcu: 8,
    ioOptimized: false,
    readers: 0,
    readersFollow: true,
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
};

const prod = {
  ...shared,
  deployment: 'canary',
  customerManagedKey: true,
  logRetentionDays: 90,
  api: { ...api, questionsPerTenant: 8 },
  alarms: { active: severities, notify: nobody, silenceMinutes: 30 },
  budget: { monthlyUsd: 1_000, notify: [] },
  network: { endpointZones: 2, flowLogs: true },
  database: {
    minAcu: 2,
    pauseAfterMinutes: 5,
    maxAcu: 32,
    ioOptimized: false,
    readers: 1,
    readersFollow: true,
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
};

const builtIn = new Map<string, unknown>(Object.entries({ dev, staging, prod }));

/** The environment that only a developer's machine runs. */
export const LOCAL_ENVIRONMENT = 'local';

/** The environments that come with the product. */
export const environmentNames = [...builtIn.keys()];

const reserved = [LOCAL_ENVIRONMENT];

/**
 * Every environment that can be deployed, those of `environments/` included.
 * @throws ConfigError for a file there whose name no environment can have.
 */
export function deployableNames(folder = chosenFolder()): string[] {
  const own = ownEnvironmentNames(folder);
  for (const name of own) checkOwnName(name, reserved);
  return withOurs(own);
}

const withOurs = (own: readonly string[]): string[] => [...new Set([...environmentNames, ...own])];

/**
 * The configuration of an environment, a developer's machine included.
 * @param folder of environments of one's own; null for none.
 * @throws ConfigError when there is no such environment, or its values do not fit together.
 */
export function configOf(environment: string, folder?: string | null): EnvironmentConfig {
  if (environment === LOCAL_ENVIRONMENT) return parseConfig(environment, local);
  return deployableConfigOf(environment, folder);
}

/** The configuration of an environment that is to be deployed. @throws ConfigError as above, and for `local`. */
export function deployableConfigOf(environment: string, folder = chosenFolder()): EnvironmentConfig {
  const choice = `choose one of ${withOurs(ownEnvironmentNames(folder)).join(', ')}`;
  if (environment === LOCAL_ENVIRONMENT) {
    throw new ConfigError(`"${environment}" is what \`npm start\` runs and is never deployed: ${choice}.`);
  }
  const source = readOwnEnvironment(environment, builtIn, reserved, folder) ?? builtIn.get(environment);
  if (source !== undefined) return parseConfig(environment, source);
  throw new ConfigError(
    `There is no environment "${environment}": ${choice}, or add environments/${environment}.json.`,
  );
}

/** An environment as it comes with the product, whatever `environments/` makes of it: what documents and benchmarks are about. */
export const builtInConfigOf = (environment: string): EnvironmentConfig => configOf(environment, null);
