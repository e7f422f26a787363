import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { FunctionName } from '../../lib/config.ts';

const repository = join(import.meta.dirname, '../..');

/** Bytes of a package in each function's bundle, as esbuild itself counts them. */
export async function bytesOf(
  packageName: string,
  functions: readonly FunctionName[],
): Promise<Record<string, number>> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: functions.map((name) => `lambdas/${name}.ts`),
    outdir: 'weighed',
    write: false,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Only one package is weighed; these share nothing with it and take most of the time.
    external: ['@aws-sdk/*', 'pg'],
  });
  return Object.fromEntries(
    Object.entries(metafile.outputs).map(([output, { inputs }]) => [
      basename(output, '.js'),
      Object.entries(inputs)
        .filter(([file]) => file.includes(`node_modules/${packageName}/`))
        .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0),
    ]),
  );
}
