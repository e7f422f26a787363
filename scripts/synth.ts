import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { deployableNames } from '../lib/environments.ts';
import { ENTRY_METADATA } from '../lib/function.ts';
import { assemble } from '../lib/synthesise.ts';
import { runWithUsage } from './misuse.ts';

const USAGE = `Usage: npm run synth [-- --env NAME]
Writes the CloudFormation templates and bundles of every environment, or of one, to cdk.out/synth/. Needs no network.`;

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
function describe(outdir: string, environment: string, source: unknown): string {
  const { Resources } = template.parse(source);
  const sizes = Object.values(Resources).flatMap(({ Metadata, Properties }) => {
    const entry = Metadata?.[ENTRY_METADATA];
    const key = Properties?.Code?.S3Key;
    if (entry === undefined || key === undefined) return [];
    const { size } = statSync(join(outdir, `asset.${key.replace('.zip', '')}`, 'index.mjs'));
    return [`${entry.replace(/^lambdas\/|\.ts$/g, '')} ${Math.ceil(size / 1024)} KB`];
  });
  const folder = relative(process.cwd(), join(outdir, `assembly-${environment}`));
  return `${environment.padEnd(8)} ${folder}  ${sizes.join(', ')}`;
}

runWithUsage(USAGE, () => {
  const { values } = parseArgs({
    options: { env: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(USAGE);
  } else {
    const chosen = values.env === undefined ? deployableNames() : [values.env];
    // A folder of its own: deployments keep theirs beside it.
    const outdir = join(repository, 'cdk.out', 'synth');
    for (const [environment, source] of assemble(chosen, outdir)) {
      console.log(describe(outdir, environment, source));
    }
  }
});
