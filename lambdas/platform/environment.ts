import * as z from 'zod';

/**
 * The environment variables of the functions, named once for the templates that set them and the code that reads them.
 * `SYSTEM_DATABASE_URL`, `DB_*`, `BATCH_SIZE` and `LOG_LEVEL` are the names of the One Vault deployment guide.
 */
const variables = z.object({
  /** A full connection URL; when present it wins over the `DB_*` parts. */
  SYSTEM_DATABASE_URL: z.string().min(1).optional(),
  DB_HOST: z.string().min(1).optional(),
  /** Where the cluster is reached instead, as `host:port`: the near end of a tunnel. Certificate and login stay those of `DB_HOST`. */
  DB_TUNNEL: z
    .string()
    .regex(/^[\w.-]+:\d{1,5}$/)
    .optional(),
  DB_PORT: z.coerce.number().int().min(1).max(65535).default(5432),
  DB_NAME: z.string().min(1).default('one_vault'),
  /** The role to log in as; with `DB_HOST` the password is an IAM token signed for this role. */
  DB_USER: z.string().min(1).default('postgres'),
  /** The authorities to trust at the cluster. Lambda's runtime brings Amazon's as a file but does not load it by itself. */
  DB_CA_FILE: z.string().min(1).optional(),
  /** Connections one process may hold: 1 in a Lambda, which serves one request at a time. */
  DB_POOL_MAX: z.coerce.number().int().min(1).max(100).default(1),
  STAGING_QUEUE_URL: z.url().optional(),
  BUSINESS_QUEUE_URL: z.url().optional(),
  /** Read by the status call only, which reports how much lies there. */
  STAGING_DLQ_URL: z.url().optional(),
  BUSINESS_DLQ_URL: z.url().optional(),
  /** SHA-256 in hex of the keys by which the edge shows itself, separated by commas; empty trusts no header of a viewer. */
  EDGE_KEY_HASHES: z
    .string()
    .regex(/^([0-9a-f]{64}(,[0-9a-f]{64})*)?$/)
    .default(''),
  /** `false` answers every track call with 503 and stores nothing. */
  SITE_TRACKING_ENABLED: z.enum(['true', 'false']).default('true'),
  /** Events that one staging or loading transaction takes at the most. */
  BATCH_SIZE: z.coerce.number().int().min(1).max(10_000).default(1_000),
  /** Events that a token may send a second where it has no limit of its own. */
  TOKEN_RATE_LIMIT: z.coerce.number().int().min(1).max(1_000_000).default(30_000),
  /** Questions that a token may ask a second where it has no limit of its own. */
  QUESTION_RATE_LIMIT: z.coerce.number().int().min(1).max(1_000_000).default(50),
  /** Analytics questions of one tenant that are answered at a time. */
  QUESTIONS_PER_TENANT: z.coerce.number().int().min(1).max(1_000).default(2),
  /** Seconds for which a process that has rung only remembers what else it should ring for. */
  RING_GATHER_SECONDS: z.coerce.number().int().min(0).max(30).default(0),
  /** Seconds after which staging takes a landed request that nobody rang for; 0 leaves it to the sweeper. */
  RING_OVERDUE_SECONDS: z.coerce.number().int().min(0).max(600).default(0),
  /** Seconds after which the sweeper rings again for work that nobody has finished. */
  PROCESSING_INTERVAL: z.coerce.number().int().min(1).max(3_600).default(60),
  /** The dimension of every metric. */
  ENVIRONMENT_NAME: z.string().min(1).max(100).default('local'),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
});

export type Environment = z.infer<typeof variables>;
export type EnvironmentName = keyof Environment;

/**
 * Reads and checks the environment.
 * @throws Error naming each variable that is missing or malformed, never its value.
 */
export function readEnvironment(source: Record<string, string | undefined> = process.env): Environment {
  const parsed = variables.safeParse(source);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The environment is incomplete. ${faults.join('; ')}`);
}

type QueueVariable = 'STAGING_QUEUE_URL' | 'BUSINESS_QUEUE_URL' | 'STAGING_DLQ_URL' | 'BUSINESS_DLQ_URL';

/** @throws Error that names the missing queue variable. */
export function requireQueueUrl(environment: Environment, name: QueueVariable): string {
  const url = environment[name];
  if (url === undefined) throw new Error(`${name} is not set: this function does not know the queue.`);
  return url;
}
