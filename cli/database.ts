import type pg from 'pg';
import { readEnvironment } from '../lambdas/platform/environment.ts';
import { createPool } from '../lambdas/platform/postgres.ts';
import { localStack } from './connection.ts';
import { CommandFailure, failureText } from './failure.ts';

export const DATABASE_OPTIONS = { 'data-dir': { type: 'string' } } as const;

/** Help text of {@link DATABASE_OPTIONS}. */
export const DATABASE_HELP = `Database:
  SYSTEM_DATABASE_URL, or DB_HOST with its companions, names it; else it is the local stack's
  --data-dir DIR     data directory of the local stack (default: .onevault in the project)`;

/**
 * A pool of the database that the environment names, else of the running local stack.
 * @param connections how many the command needs; the environment's own number when it does not say.
 * @throws CommandFailure when neither is there, saying how to name one.
 */
export async function connectDatabase(
  flags: { readonly 'data-dir'?: string | undefined },
  connections?: number,
): Promise<pg.Pool> {
  const isNamed = Boolean(process.env.SYSTEM_DATABASE_URL || process.env.DB_HOST);
  try {
    const read = readEnvironment();
    const environment = { ...read, DB_POOL_MAX: connections ?? read.DB_POOL_MAX };
    if (isNamed) return createPool(environment);
    return createPool({
      ...environment,
      SYSTEM_DATABASE_URL: (await localStack(flags['data-dir'])).databaseUrl,
    });
  } catch (error) {
    throw new CommandFailure(`${failureText(error)} A database is named by SYSTEM_DATABASE_URL.`);
  }
}
