import { readEnvironment } from './platform/environment.ts';
import { createLogger, errorKind } from './platform/log.ts';
import { MigrationError, migrate, readMigrations } from './platform/migrations.ts';
import { createPool } from './platform/postgres.ts';
import { migrationsDirectory } from './platform/statement.ts';

const environment = readEnvironment();
const logger = createLogger('migrate', environment);
const pool = createPool(environment);

/** A cluster that wakes up refuses connections for half a minute; a deployment should not fail for that. */
const CONNECT_ATTEMPTS = 12;
const PAUSE_MILLISECONDS = 5_000;

/** Runs the migrations of this release. Invoked by every deployment before anything else of it serves. */
export const handler = async (): Promise<{ readonly ran: readonly string[] }> => {
  await untilReachable();
  try {
    const ran = await migrate(pool, readMigrations(migrationsDirectory));
    logger.info('migrated', { migrations: ran.length });
    return { ran };
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    logger.error('migration failed', { cause: errorKind(error) });
    throw new Error(
      `A migration failed and was rolled back (${errorKind(error)}); correct it and deploy again.`,
    );
  }
};

async function untilReachable(): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS)
        throw new Error(`The database cannot be reached (${errorKind(error)}).`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }
}
