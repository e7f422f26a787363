import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { scratchFolder } from '../support/onevault-process.ts';

export const repository = join(import.meta.dirname, '..', '..');

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a process of its own that knows no credentials but those given, and asks no machine for any. */
export async function run(
  command: readonly [string, ...string[]],
  environment: Record<string, string> = {},
  cwd = repository,
): Promise<Ended> {
  const [program, ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOME: scratchFolder(),
      AWS_EC2_METADATA_DISABLED: 'true',
      ONEVAULT_ENVIRONMENTS: '',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, stdout, stderr };
}

/** Runs an entry of `scripts/` under this process's Node. */
export const script = (
  entry: string,
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> => run([process.execPath, join('scripts', entry), ...parameters], environment);
