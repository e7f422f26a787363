import * as z from 'zod';
import { analyticsRoutes, ingestRoutes, preflightRoute } from '../lambdas/platform/routes.ts';

/** How much an alarm matters: `high` wants somebody now, `medium` today, `low` this week. */
export const severities = ['high', 'medium', 'low'] as const;
export type Severity = (typeof severities)[number];

/** AWS's advice for Lambda consumers: a throttled or slow batch must not reappear while its first try may still run. */
const VISIBILITY_TIMEOUTS = 6;
/** A Lambda cannot run longer; the trigger that waits for the migration is one itself. */
export const LAMBDA_LIMIT_SECONDS = 900;
/** The trigger waits this much longer than the migration may run, so a deployment shows the migration's own error. */
export const TRIGGER_MARGIN_SECONDS = 60;

const count = z.number().int().min(1);

/** Divisors of an hour or of the day's hours, so that jobs of different intervals meet: a cluster that sleeps is woken once for all. */
const interval = z.union(
  [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480].map((each) => z.literal(each)),
);

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

const throttle = z.strictObject({
  /** Requests a second in the long run, and how many at once. */
  rateLimit: count,
  burstLimit: count,
});

const routeKeys = z.enum([...ingestRoutes, ...analyticsRoutes, preflightRoute]);
const hostName = z.string().regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/);
const addresses = z.array(z.email());

/** The shape of an environment's configuration. */
export const settings = z.strictObject({
  /** Tags of everything that can be tagged, for the bill: who answers for the installation, and who pays. */
  owner: z.string().min(1).max(256),
  costCenter: z.string().min(1).max(256),
  /** How a release reaches callers: to all at once, or to a tenth first, and back by itself when an alarm goes off. */
  deployment: z.enum(['atOnce', 'canary']),
  /** Encrypts log groups and alarm topics with a key of this account's own instead of AWS's. */
  customerManagedKey: z.boolean(),
  /** The public name of the API; null leaves it under the name that API Gateway gives. Its zone must be in Route 53. */
  domain: z
    .strictObject({ name: hostName, hostedZoneId: z.string().min(1), hostedZoneName: hostName })
    .nullable(),
  /** CloudFront and a web application firewall in front of the API. */
  edge: z
    .strictObject({
      /** Requests that one address may send in five minutes before the firewall refuses it for a while. */
      requestsPerFiveMinutes: z.number().int().min(10).max(2_000_000_000),
    })
    .nullable(),
  alarms: z.strictObject({
    /** The severities that are watched; each alarm costs by the month. */
    active: z.array(z.enum(severities)),
    /** Who is told, by severity. */
    notify: z.strictObject({ high: addresses, medium: addresses, low: addresses }),
    /** An alarm after so many minutes without a single event; null where silence is normal. */
    silenceMinutes: z.number().int().min(5).max(1_440).nullable(),
  }),
  budget: z.strictObject({
    /** US dollars a month; told when they are nearly spent, and when they are likely to be passed. */
    monthlyUsd: z.number().min(1),
    notify: addresses,
  }),
  /** A host inside the network, which operators reach through Session Manager and which leads to the database: about $25 a month. */
  operatorAccess: z.boolean(),
  network: z.strictObject({
    /** Zones with an endpoint for SQS: two survive the loss of one, one is half the price. */
    endpointZones: z.union([z.literal(1), z.literal(2)]),
    /** Keeps a record of refused connections. */
    flowLogs: z.boolean(),
  }),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  logRetentionDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]),
  /** Whether functions start traces of X-Ray or only go on with those that a caller brings. Traces of our own need neither. */
  tracing: z.enum(['active', 'passThrough']),
  /** Off answers every track call with 503 and stores nothing. */
  trackingEnabled: z.boolean(),
  /** The account's quota of concurrent executions (Service Quotas, "Concurrent executions"). */
  accountConcurrency: count,
  /** The account's quota of requests a second to all its HTTP APIs (Service Quotas, "Throttle rate"). */
  accountRequestRate: count,
  api: z.strictObject({
    /** What a route admits that has no limits of its own. */
    ...throttle.shape,
    /** Limits of single routes. */
    routes: z.partialRecord(routeKeys, throttle),
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
    /** Seconds for which an ingest process gathers the requests that it rings for: fewer calls of SQS, events as much later. */
    gatherSeconds: z.number().int().min(0).max(30),
  }),
  schedule: z.strictObject({
    sweepMinutes: interval,
    /** How often sessions close and snapshots are taken. */
    snapshotMinutes: interval,
    /** How often the daily metrics take in what changed. */
    metricsMinutes: interval,
    /** When partitions are made ahead, once a day. */
    partitions: z.strictObject({
      hour: z.number().int().min(0).max(23),
      minute: z.number().int().min(0).max(59),
    }),
  }),
  database: z.strictObject({
    /** Aurora capacity units. 0 lets the cluster sleep when nobody connects; waking takes it 15 to 30 seconds. */
    minAcu: z.number().min(0).max(256).multipleOf(0.5),
    /** Minutes without a connection after which a cluster with minAcu 0 sleeps. */
    pauseAfterMinutes: z.number().int().min(5).max(1_440),
    /** Pays for capacity and storage a third more and nothing for input and output: cheaper under constant load. */
    ioOptimized: z.boolean(),
    maxAcu: z.number().min(1).max(256).multipleOf(0.5),
    readers: z.number().int().min(0).max(15),
    /**
     * Whether the first reader is always as large as the writer, so that failing over changes nothing, or as large as its own work
     * asks: cheaper, and slow for the minutes in which it grows after it took over.
     */
    readersFollow: z.boolean(),
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

/** Seconds that a received message stays hidden from other pollers of this consumer. */
export function visibilitySeconds(consumer: ConsumerConfig): number {
  return VISIBILITY_TIMEOUTS * consumer.timeoutSeconds + consumer.batchingWindowSeconds;
}

/** A second for what happens between landing, ringing and staging. */
const PASSING_SECONDS = 1;

/** Seconds after which a landed request whose ring was gathered should have been staged; 0 where rings are not gathered. */
export function overdueSeconds({ processing, functions }: EnvironmentConfig): number {
  const { gatherSeconds } = processing;
  if (gatherSeconds === 0) return 0;
  return gatherSeconds + functions.staging.batchingWindowSeconds + PASSING_SECONDS;
}
