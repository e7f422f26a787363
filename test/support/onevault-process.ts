import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');
const NODE = join(PROJECT, 'node_modules/node/bin/node');

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OnevaultOptions {
  readonly input?: string | Buffer;
  /** Leaves standard input open after `input`, like a pipe whose writer goes on. */
  readonly keepInputOpen?: boolean;
  readonly environment?: Record<string, string>;
  /** Called once the process runs, to send it signals. */
  readonly started?: (child: ChildProcess) => void;
}

/** A fresh folder for one test's files, gone when the test has ended. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the command line client as users do, in a process of its own with no settings but those given. */
export function onevault(argv: readonly string[], options: OnevaultOptions = {}): Promise<Finished> {
  const child = spawn(NODE, [join(PROJECT, 'cli/onevault.mjs'), ...argv], {
    cwd: PROJECT,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOME: scratchFolder(),
      ...options.environment,
    },
    stdio: 'pipe',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  // A client that stops before it has read its input closes the pipe; its exit status says the rest.
  child.stdin.on('error', () => {});
  child.stdin.write(options.input ?? '');
  if (!options.keepInputOpen) child.stdin.end();
  options.started?.(child);
  return new Promise((finish, fail) => {
    child.on('error', fail);
    child.on('close', (exitCode, signal) => finish({ exitCode, signal, ...output }));
  });
}
