import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { StepFailure } from './failure.ts';

export const repository = join(import.meta.dirname, '..', '..');

const wanted = z.object({ devDependencies: z.object({ 'aws-cdk': z.string() }) });
const installed = z.object({ version: z.string() });

const read = (file: string): unknown => JSON.parse(readFileSync(join(repository, file), 'utf8'));

/**
 * The version of the CDK CLI, which has to be the pinned one: a CLI that is older than the library cannot read what that writes.
 * @throws StepFailure when another one is installed.
 */
export function pinnedCli(): string {
  const pinned = wanted.parse(read('package.json')).devDependencies['aws-cdk'];
  const { version } = installed.parse(read('node_modules/aws-cdk/package.json'));
  if (version === pinned) return version;
  throw new StepFailure(`The CDK CLI is ${version}, this release needs ${pinned}. Run \`npm ci\`.`);
}

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/**
 * Runs the pinned CDK CLI in the project.
 * @param show whether its output goes to the terminal, too.
 */
export function cdk(parameters: readonly string[], { show }: { readonly show: boolean }): Promise<Ran> {
  const cli = join(repository, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  // `--ci` keeps everything but errors on standard output.
  const child = spawn(process.execPath, [cli, ...parameters, '--no-notices', '--ci'], {
    cwd: repository,
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (show) to.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
