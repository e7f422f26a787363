import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import openapiTypes, { astToString } from 'openapi-typescript';
import { describeApi } from '../lambdas/description/openapi.ts';
import { operations } from '../lambdas/description/operations.ts';

const repository = join(import.meta.dirname, '..');

/** The types of the API's calls, which the client in `cli/api` is typed with. */
export const clientTypesFile = join(repository, 'cli', 'api', 'types.ts');

const HEADER = '// Written by `npm run generate` from the schemas in lambdas/: change those instead.\n\n';

/** @throws Error when the formatter does not take what was made. */
export async function makeClientTypes(): Promise<string> {
  // Read again as JSON, as a client reads it.
  const document = JSON.parse(JSON.stringify(describeApi(operations)));
  const text = HEADER + astToString(await openapiTypes(document, { alphabetize: true }));
  const { status, stdout, stderr } = spawnSync(
    join(repository, 'node_modules', '.bin', 'biome'),
    ['format', `--stdin-file-path=${clientTypesFile}`],
    { cwd: repository, input: text, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The types cannot be formatted: ${stderr}`);
  return stdout;
}
