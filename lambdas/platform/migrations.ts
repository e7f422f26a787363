import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import * as z from 'zod';
import { inTransaction, type Queryable } from './postgres.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly text: string;
}

/** A migration folder that must not be run, with what to do about it. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const FILE = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** Held while migrating, so that two deployments take turns. */
const LOCK = 'onevault.schema_migrations';

const appliedRow = z.object({
  migration_number: z.number(),
  migration_name: z.string(),
  checksum: z.string(),
});

/** @throws MigrationError for a file that is not named `0001_like_this.sql`, or a gap in the numbers. */
export function readMigrations(directory: string): Migration[] {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return files.map((name, index) => {
    const number = Number(FILE.exec(name)?.[1]);
    if (number !== index + 1) {
      throw new MigrationError(
        `${name} breaks the sequence: migrations are numbered from 0001 without a gap.`,
      );
    }
    const text = readFileSync(join(directory, name), 'utf8');
    return { number, name, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
}

/**
 * Brings the schema up to date. Each migration and its entry commit together, so an interrupted run goes on where it
 * stopped; a second run changes nothing; two at once take turns; those of a later release stay.
 * @param note is told of each migration that ran, once it has committed.
 * @returns the names of the migrations that ran now.
 * @throws MigrationError when a file that already ran was changed.
 */
export async function migrate(
  pool: pg.Pool,
  migrations: readonly Migration[],
  note: (name: string) => void = () => undefined,
): Promise<string[]> {
  const ran: string[] = [];
  for (const migration of migrations) {
    const isNew = await inTransaction(pool, (client) => migrateOne(client, migration, migrations));
    if (!isNew) continue;
    ran.push(migration.name);
    note(migration.name);
  }
  return ran;
}

async function migrateOne(
  client: Queryable,
  migration: Migration,
  migrations: readonly Migration[],
): Promise<boolean> {
  // The cluster's limit is made for events; building an index on years of them may take longer.
  await client.query('SET LOCAL statement_timeout = 0');
  // It ends with the transaction, whatever becomes of this process, and pins no pooled connection.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [LOCK]);
  const applied = await readApplied(client);
  refuseChanges(applied, migrations);
  if (applied.has(migration.number)) return false;
  await client.query(migration.text);
  await client.query(
    'INSERT INTO util.schema_migrations (migration_number, migration_name, checksum) VALUES ($1, $2, $3)',
    [migration.number, migration.name, migration.checksum],
  );
  return true;
}

async function readApplied(client: Queryable) {
  await client.query('CREATE SCHEMA IF NOT EXISTS util');
  await client.query(
    `CREATE TABLE IF NOT EXISTS util.schema_migrations (
       migration_number integer PRIMARY KEY,
       migration_name text NOT NULL,
       checksum text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
     )`,
  );
  const { rows } = await client.query(
    'SELECT migration_number, migration_name, checksum FROM util.schema_migrations',
  );
  return new Map(
    z
      .array(appliedRow)
      .parse(rows)
      .map((row) => [row.migration_number, row]),
  );
}

function refuseChanges(
  applied: ReadonlyMap<number, z.infer<typeof appliedRow>>,
  migrations: readonly Migration[],
): void {
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const { migration_number, checksum } of applied.values()) {
    const file = known.get(migration_number);
    // A later release was here, and this one is what was gone back to: the schema stays, since it serves both.
    if (file === undefined) continue;
    if (file.checksum !== checksum) {
      throw new MigrationError(
        `${file.name} was changed after it ran here. Restore it and put the change into a new migration, numbered ${String(migrations.length + 1).padStart(4, '0')}.`,
      );
    }
  }
}
