import { type EnvironmentConfig, LAMBDA_LIMIT_SECONDS, TRIGGER_MARGIN_SECONDS } from './config.ts';

/** Share of `max_connections` that functions may fill; the rest is for operators, failover and Aurora itself. */
const CONNECTION_SHARE = 0.8;
/** Connections that Aurora's own formula allows for each capacity unit of the maximum, rounded down. */
const CONNECTIONS_PER_ACU = 180;
/** Aurora's ceiling while a cluster may shrink to half a unit or sleep. */
const CONNECTIONS_OF_A_SMALL_MINIMUM = 2_000;
/** An HTTP API gives up after 30 s, so a function behind it must have answered before. */
const HTTP_API_LIMIT_SECONDS = 29;
/** Lambda refuses a reservation that would leave an account fewer executions than these for everything else. */
const UNRESERVED_EXECUTIONS = 100;
/** SQS takes more than this many messages a batch only with a batching window. */
const WINDOWLESS_BATCH = 10;

/** Database connections that all functions hold together when every one runs at its ceiling. */
function connectionDemand(config: EnvironmentConfig): number {
  return Object.values(config.functions).reduce((sum, each) => sum + each.concurrency * each.connections, 0);
}

/**
 * What each value allows and their sum does not: a sentence for each, with what to change.
 */
export function* impossibilities(config: EnvironmentConfig): Generator<string> {
  const { database, functions } = config;
  const demand = connectionDemand(config) + database.headroom;
  const allowed = Math.floor(database.maxConnections * CONNECTION_SHARE);
  if (demand > allowed) {
    yield `functions and headroom need ${demand} database connections, but ${CONNECTION_SHARE * 100} % of database.maxConnections is ${allowed}: lower a concurrency or raise maxConnections`;
  }
  const carried = connectionsCarried(database);
  if (database.maxConnections > carried) {
    yield `database.maxConnections is ${database.maxConnections}, but a cluster of minAcu ${database.minAcu} and maxAcu ${database.maxAcu} carries ${carried}: lower it or raise the capacity`;
  }
  if (database.minAcu === 0) yield* wakers(config);
  if (database.minAcu > database.maxAcu) {
    yield `database.minAcu (${database.minAcu}) is above database.maxAcu (${database.maxAcu}): lower minAcu or raise maxAcu`;
  }
  const reserved = Object.values(functions).reduce((sum, each) => sum + each.concurrency, 0);
  if (reserved + UNRESERVED_EXECUTIONS > config.accountConcurrency) {
    yield `the functions reserve ${reserved} executions and Lambda keeps ${UNRESERVED_EXECUTIONS} unreserved, but accountConcurrency is ${config.accountConcurrency}: lower a concurrency or raise the account's quota`;
  }
  if (config.edge !== null && config.domain === null) {
    yield 'edge needs domain: under its own name CloudFront takes calls of TLS 1.0, and only a certificate of yours ends that';
  }
  for (const severity of ['high', 'medium'] as const) {
    if (config.deployment !== 'canary' || config.alarms.active.includes(severity)) continue;
    yield `deployment is "canary", but alarms.active lacks "${severity}": without its alarms nothing takes a broken release back`;
  }
  const { questionsPerTenant } = config.api;
  if (questionsPerTenant * 2 > functions.analytics.concurrency) {
    yield `api.questionsPerTenant is ${questionsPerTenant}, more than half of functions.analytics.concurrency (${functions.analytics.concurrency}): one tenant's slow questions would shut out the others`;
  }
  for (const [route, { rateLimit }] of Object.entries({ '': config.api, ...config.api.routes })) {
    if (rateLimit <= config.accountRequestRate) continue;
    const key = route === '' ? 'api.rateLimit' : `api.routes["${route}"].rateLimit`;
    yield `${key} is ${rateLimit}, but accountRequestRate is ${config.accountRequestRate}: lower it or raise the account's quota`;
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
  if (config.domain !== null) {
    const { name, hostedZoneName } = config.domain;
    if (name !== hostedZoneName && !name.endsWith(`.${hostedZoneName}`)) {
      yield `domain.name (${name}) is not inside domain.hostedZoneName (${hostedZoneName}): its certificate could not be validated there`;
    }
  }
  const { gatherSeconds, retryAfterSeconds } = config.processing;
  if (gatherSeconds >= retryAfterSeconds) {
    yield `processing.gatherSeconds (${gatherSeconds}) reaches processing.retryAfterSeconds (${retryAfterSeconds}): the sweeper would ring for what ingest still gathers`;
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

/** Minutes that a cluster is awake for a job before it counts as idle again: waking, the job, and the end of its sessions. */
const AWAKE_MINUTES = 2;

/** What connects oftener than the cluster falls asleep keeps it awake all month. */
function* wakers({ database, schedule }: EnvironmentConfig): Generator<string> {
  for (const job of ['sweepMinutes', 'snapshotMinutes', 'metricsMinutes'] as const) {
    if (schedule[job] > database.pauseAfterMinutes + AWAKE_MINUTES) continue;
    yield `database.minAcu is 0, but schedule.${job} (${schedule[job]}) wakes the cluster before database.pauseAfterMinutes (${database.pauseAfterMinutes}) are over: raise ${job} or pay for a minAcu of 0.5`;
  }
}

function connectionsCarried({ minAcu, maxAcu }: EnvironmentConfig['database']): number {
  const byCapacity = Math.floor(maxAcu * CONNECTIONS_PER_ACU);
  return minAcu > 0.5 ? byCapacity : Math.min(byCapacity, CONNECTIONS_OF_A_SMALL_MINIMUM);
}
