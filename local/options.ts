import { parseArgs } from 'node:util';
import * as z from 'zod';
import { defaultDataDirectory, StartRefused } from './data-directory.ts';

const defaultPort = 8787;

export const usage = `Runs the whole pipeline on this machine.

Usage: npm start -- [options]

  --port N        port of the HTTP API, 0 for any free one (default ${defaultPort})
  --data-dir DIR  where the stack keeps its data (default .onevault in the project)
  --fresh         drop the data of earlier runs first
  --template FILE run this synthesised template instead of the one of the dev environment
  --help          show this text

SYSTEM_DATABASE_URL and AWS_ENDPOINT_URL_SQS, when set, replace the embedded Postgres and the local SQS server.`;

const flags = z.object({
  port: z
    .string()
    .regex(/^\d{1,5}$/, 'a number from 0 to 65535 is expected')
    .transform(Number)
    .pipe(z.number().max(65_535, 'a number from 0 to 65535 is expected'))
    .default(defaultPort),
  'data-dir': z.string().min(1).default(defaultDataDirectory),
  fresh: z.boolean().default(false),
  template: z.string().min(1).optional(),
  help: z.boolean().default(false),
});

const external = z.object({
  SYSTEM_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  AWS_ENDPOINT_URL_SQS: z.url({ protocol: /^https?$/ }).optional(),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().min(1).default('local'),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).default('local'),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
});

export interface StackOptions {
  port: number;
  dataDir: string;
  fresh: boolean;
  template: string | undefined;
  help: boolean;
  /** The user's own database and queues, and how to sign calls to the latter. */
  external: z.infer<typeof external>;
}

/**
 * Reads the command line and the environment.
 * @throws StartRefused that names what is wrong, with the usage.
 */
export function readOptions(argv: string[], environment: Record<string, string | undefined>): StackOptions {
  const { 'data-dir': dataDir, template, ...rest } = check(flags, parseFlags(argv));
  return { ...rest, dataDir, template, external: check(external, environment) };
}

function parseFlags(argv: string[]): unknown {
  try {
    return parseArgs({
      args: argv,
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        fresh: { type: 'boolean' },
        template: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new StartRefused(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new StartRefused(`${faults.join('\n')}\n\n${usage}`);
}
