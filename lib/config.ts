import * as z from 'zod';

/** The environments that can be synthesised and deployed, one CDK stage each. */
export const environmentNames = ['dev', 'staging', 'prod'] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** Share of `max_connections` that functions may fill; the rest is for operators, failover and Aurora itself. */
const CONNECTION_SHARE = 0.8;
/** An HTTP API gives up after 30 s, so a function behind it must have answered before. */
const HTTP_API_LIMIT_SECONDS = 29;
/** Lambda refuses a reservation that would leave an account fewer executions than these for everything else. */
const UNRESERVED_EXECUTIONS = 100;
/** SQS takes more than this many messages a batch only with a batching window. */
const WINDOWLESS_BATCH = 10;
/** AWS's advice for Lambda consumers: a throttled or slow batch must not reappear while its first try may still run. */
const VISIBILITY_TIMEOUTS = 6;
/** A Lambda cannot run longer; the trigger that waits for the migration is one itself. */
const LAMBDA_LIMIT_SECONDS = 900;
/** The trigger waits this much longer than the migration may run, so a deployment shows the migration's own error. */
export const TRIGGER_MARGIN_SECONDS = 60;

const count = z.number().int().min(1);

const functionSettings = z.strictObject({
  memoryMb: z.number().int().min(128).max(10_240),
  timeoutSeconds: count.max(LAMBDA_LIMIT_SECONDS),
  /** Reserved concurrent executions: the function's ceiling, and its guaranteed share of the account. */
  concurrency: count,
  /** Database connections that one execution environment may hold. */
  connections: count,
});

const consumerSettings = functionSettings.extend({
  /** Also the poller's maximum concurrency, so the poller never receives what Lambda would throttle. */
  concurrency: z.number().int().min(2).max(1_000),
  /** Messages an invocation takes at most. One message rings for up to 1,000 events. */
  batchSize: count.max(10_000),
  /** Seconds the poller may wait to fill a batch. */
  batchingWindowSeconds: z.number().int().min(0).max(300),
});

const settings = z.strictObject({
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  logRetentionDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]),
  /** Off answers every track call with 503 and stores nothing. */
  trackingEnabled: z.boolean(),
  /** The account's quota of concurrent executions (Service Quotas, "Concurrent executions"). */
  accountConcurrency: count,
  api: z.strictObject({
    /** Requests a second that the stage admits in the long run, and how many at once. */
    rateLimit: count,
    burstLimit: count,
    /** Events that a token may send a second where it has no limit of its own. */
    tokenRateLimit: count,
    /** Questions that a token may ask a second where it has no limit of its own. */
    questionRateLimit: count,
    /** Analytics questions of one tenant that are answered at a time. */
    questionsPerTenant: count,
  }),
  processing: z.strictObject({
    /** Events that one staging or loading transaction takes at most. */
    eventsPerTransaction: count.max(10_000),
    /** Seconds after which the sweeper rings again for work that nobody has finished. */
    retryAfterSeconds: count.max(3_600),
  }),
  schedule: z.strictObject({
    sweepMinutes: count.max(60),
    /** How often sessions close and snapshots are taken. */
    snapshotMinutes: count.max(60),
    /** How often the daily metrics take in what changed. */
    metricsMinutes: count.max(1_440),
    /** When partitions are made ahead, once a day. */
    partitions: z.strictObject({
      hour: z.number().int().min(0).max(23),
      minute: z.number().int().min(0).max(59),
    }),
  }),
  database: z.strictObject({
    /** Aurora capacity units. Not 0: the sweeper would wake a paused cluster every few minutes. */
    minAcu: z.number().min(0.5).max(256).multipleOf(0.5),
    maxAcu: z.number().min(1).max(256).multipleOf(0.5),
    readers: z.number().int().min(0).max(15),
    maxConnections: count.max(5_000),
    /** Connections kept free for people, migrations by hand and monitoring. */
    headroom: count,
    /** Longest statement that is not given more time on purpose (`SET LOCAL`). */
    statementTimeoutSeconds: count,
    backupDays: count.max(35),
    /** Refuses deletion and leaves a snapshot behind. */
    protected: z.boolean(),
  }),
  functions: z.strictObject({
    ingest: functionSettings,
    analytics: functionSettings,
    staging: consumerSettings,
    business: consumerSettings,
    maintenance: functionSettings,
    migrate: functionSettings,
  }),
});

export type EnvironmentConfig = Readonly<z.infer<typeof settings>>;
export type FunctionName = keyof EnvironmentConfig['functions'];
export type ConsumerName = 'staging' | 'business';
export type ConsumerConfig = EnvironmentConfig['functions'][ConsumerName];

/** The configuration cannot be deployed; the message names every fault and what to change. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Seconds that a received message stays hidden from other pollers of this consumer. */
export function visibilitySeconds(consumer: ConsumerConfig): number {
  return VISIBILITY_TIMEOUTS * consumer.timeoutSeconds + consumer.batchingWindowSeconds;
}

/** Database connections that all functions hold together when every one runs at its ceiling. */
function connectionDemand(config: EnvironmentConfig): number {
  return Object.values(config.functions).reduce((sum, each) => sum + each.concurrency * each.connections, 0);
}

function* impossibilities(config: EnvironmentConfig): Generator<string> {
  const { database, functions } = config;
  const demand = connectionDemand(config) + database.headroom;
  const allowed = Math.floor(database.maxConnections * CONNECTION_SHARE);
  if (demand > allowed) {
    yield `functions and headroom need ${demand} database connections, but ${CONNECTION_SHARE * 100} % of database.maxConnections is ${allowed}: lower a concurrency or raise maxConnections`;
  }
  if (database.minAcu > database.maxAcu) {
    yield `database.minAcu (${database.minAcu}) is above database.maxAcu (${database.maxAcu}): lower minAcu or raise maxAcu`;
  }
  const reserved = Object.values(functions).reduce((sum, each) => sum + each.concurrency, 0);
  if (reserved + UNRESERVED_EXECUTIONS > config.accountConcurrency) {
    yield `the functions reserve ${reserved} executions and Lambda keeps ${UNRESERVED_EXECUTIONS} unreserved, but accountConcurrency is ${config.accountConcurrency}: lower a concurrency or raise the account's quota`;
  }
  const { questionsPerTenant } = config.api;
  if (questionsPerTenant * 2 > functions.analytics.concurrency) {
    yield `api.questionsPerTenant is ${questionsPerTenant}, more than half of functions.analytics.concurrency (${functions.analytics.concurrency}): one tenant's slow questions would shut out the others`;
  }
  for (const name of ['ingest', 'analytics'] as const) {
    if (functions[name].timeoutSeconds > HTTP_API_LIMIT_SECONDS) {
      yield `functions.${name}.timeoutSeconds is ${functions[name].timeoutSeconds}, but an HTTP API hangs up after ${HTTP_API_LIMIT_SECONDS + 1} s: lower it to ${HTTP_API_LIMIT_SECONDS} or less`;
    }
  }
  for (const [name, { timeoutSeconds }] of Object.entries(functions)) {
    if (database.statementTimeoutSeconds >= timeoutSeconds) {
      yield `database.statementTimeoutSeconds (${database.statementTimeoutSeconds}) reaches functions.${name}.timeoutSeconds (${timeoutSeconds}): Postgres must give up before its caller does`;
    }
  }
  const migration = functions.migrate.timeoutSeconds + TRIGGER_MARGIN_SECONDS;
  if (migration >= LAMBDA_LIMIT_SECONDS) {
    yield `functions.migrate.timeoutSeconds is ${functions.migrate.timeoutSeconds}, but the trigger that waits ${TRIGGER_MARGIN_SECONDS} s longer must end before ${LAMBDA_LIMIT_SECONDS} s: lower it to ${LAMBDA_LIMIT_SECONDS - TRIGGER_MARGIN_SECONDS - 1} or less`;
  }
  for (const name of ['staging', 'business'] as const) {
    const { batchSize, batchingWindowSeconds } = functions[name];
    if (batchSize > WINDOWLESS_BATCH && batchingWindowSeconds === 0) {
      yield `functions.${name}.batchSize is ${batchSize}, but SQS gathers more than ${WINDOWLESS_BATCH} messages only with batchingWindowSeconds of 1 or more`;
    }
  }
}

/**
 * Checks one environment: its shape first, then the sums that AWS would refuse or that would fail under load.
 * @throws ConfigError with a sentence for each fault.
 */
export function parseConfig(environment: string, source: unknown): EnvironmentConfig {
  const parsed = settings.safeParse(source);
  const faults = parsed.success
    ? [...impossibilities(parsed.data)]
    : parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new ConfigError(`The configuration of ${environment} cannot be deployed. ${faults.join('. ')}.`);
}
