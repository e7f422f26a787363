import { readEnvironment } from './platform/environment.ts';
import { invoked } from './platform/invocation.ts';
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

class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Runs the migrations of this release. Invoked by every deployment before anything else of it serves. */
export const handler = invoked(async (): Promise<{ readonly ran: readonly string[] }> => {
  const ran: string[] = [];
  try {
    await untilReachable();
    await migrate(pool, readMigrations(migrationsDirectory), (name) => ran.push(name));
    logger.info('migrated', { migrations: ran.length });
    return { ran };
  } catch (error) {
    logger.error('migration failed', { cause: errorKind(error) });
    logger.measure({ MigrationFailures: 1 });
    if (error instanceof MigrationError || error instanceof Unreachable) throw error;
    throw new Error(
      `A migration failed and was rolled back (${errorKind(error)}); correct it and deploy again.`,
    );
  } finally {
    // Each commits by itself, so those before one that failed count.
    logger.measure({ MigrationsApplied: ran.length });
  }
});

async function untilReachable(): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS)
        throw new Unreachable(`The database cannot be reached (${errorKind(error)}).`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }
}
