import { rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ConfigError, environmentNames } from '../lib/config.ts';
import { environmentNamed } from '../lib/environments.ts';
import { ENTRY_METADATA } from '../lib/function.ts';
import { synthesise } from '../lib/synthesise.ts';

const USAGE = `Usage: npm run synth [-- --env ${environmentNames.join('|')}]
Writes the CloudFormation templates and bundles of every environment, or of one, to cdk.out/. Needs no network.`;

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Metadata: z.object({ [ENTRY_METADATA]: z.string().optional() }).optional(),
      Properties: z.object({ Code: z.object({ S3Key: z.string() }).optional() }).optional(),
    }),
  ),
});

const repository = join(import.meta.dirname, '..');

/** One line: where the environment was written, and how large each function's code is. */
function synthesiseInto(outdir: string, environment: string): string {
  rmSync(outdir, { recursive: true, force: true });
  const { Resources } = template.parse(synthesise(environment, { bundle: true, outdir }));
  const sizes = Object.values(Resources).flatMap(({ Metadata, Properties }) => {
    const entry = Metadata?.[ENTRY_METADATA];
    const key = Properties?.Code?.S3Key;
    if (entry === undefined || key === undefined) return [];
    const { size } = statSync(join(outdir, `asset.${key.replace('.zip', '')}`, 'index.mjs'));
    return [`${entry.replace(/^lambdas\/|\.ts$/g, '')} ${Math.ceil(size / 1024)} KB`];
  });
  return `${environment.padEnd(8)} ${relative(process.cwd(), outdir)}  ${sizes.join(', ')}`;
}

try {
  const { values } = parseArgs({
    options: { env: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(USAGE);
  } else {
    const chosen = values.env === undefined ? environmentNames : [environmentNamed(values.env)];
    for (const environment of chosen) {
      console.log(synthesiseInto(join(repository, 'cdk.out', environment), environment));
    }
  }
} catch (error) {
  const misused =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!misused && !(error instanceof ConfigError)) throw error;
  console.error(misused ? `${error.message}\n${USAGE}` : error.message);
  process.exitCode = 1;
}
