import * as z from 'zod';
import type { DatabaseHealth, DetailedHealth } from '../api/health-operations.ts';
import { answer, type HttpAnswer } from '../platform/http.ts';
import { errorKind, type Logger } from '../platform/log.ts';
import { readMigrations } from '../platform/migrations.ts';
import type { Queryable } from '../platform/postgres.ts';
import { migrationsDirectory, readStatement } from '../platform/statement.ts';

const trackTest = readStatement('pipeline-state/track_test');
const trackTestRow = z.object({
  test: z.object({ success: z.boolean(), migrations: z.number(), missing: z.array(z.string()) }),
});

interface Parts {
  readonly database: Queryable;
  readonly readDepths: () => Promise<unknown>;
  readonly logger: Logger;
}

/** Says what works, to anybody: verdicts and names of our own objects, nothing of any tenant, address or error. */
export function createHealthChecks({ database, readDepths, logger }: Parts) {
  const expected = readMigrations(migrationsDirectory).length;

  const check = (what: string, work: Promise<unknown>): Promise<'ok' | 'failing'> =>
    work.then(
      () => 'ok' as const,
      (error: unknown) => {
        logger.warn('health check failed', { check: what, cause: errorKind(error) });
        return 'failing' as const;
      },
    );

  return {
    /** Whether database and queues answer. */
    async detailed(): Promise<DetailedHealth> {
      const [databaseVerdict, queues] = await Promise.all([
        check('database', database.query('SELECT 1')),
        check('queues', readDepths()),
      ]);
      return {
        status: databaseVerdict,
        timestamp: new Date().toISOString(),
        checks: { database: databaseVerdict, queues },
      };
    },

    /** Whether all objects and migrations are there. */
    async db(): Promise<DatabaseHealth> {
      const timestamp = new Date().toISOString();
      try {
        const { rows } = await database.query(trackTest);
        const { success, migrations, missing } = trackTestRow.parse(rows[0]).test;
        return {
          status: success && migrations >= expected ? 'ok' : 'failing',
          timestamp,
          migrations: { applied: migrations, expected },
          missing,
        };
      } catch (error) {
        logger.warn('health check failed', { check: 'objects', cause: errorKind(error) });
        return { status: 'failing', timestamp, migrations: null, missing: [] };
      }
    },
  };
}

export const healthAnswer = (found: DetailedHealth | DatabaseHealth): HttpAnswer =>
  answer(found.status === 'ok' ? 200 : 503, found);
