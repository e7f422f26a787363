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

/** A statement that a connection parses and plans once. Its name must be as unique as its text. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** As `readStatement`, for statements that run with every batch. */
export const prepareStatement = (name: string): PreparedStatement => ({ name, text: readStatement(name) });
