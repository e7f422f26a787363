import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the SQL files are: beside the code in a Lambda's bundle, in the repository otherwise. */
const SQL_DIRECTORY = 'sql';

/** Reads `sql/statements/<name>.sql`. Called while a module loads, so that a missing file fails the start and not an event. */
export function readStatement(name: string): string {
  return readFileSync(join(SQL_DIRECTORY, 'statements', `${name}.sql`), 'utf8');
}

/** The folder of numbered migrations. */
export const migrationsDirectory = join(SQL_DIRECTORY, 'migrations');
