import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StackDescription, stackDescription, stackFile, type Tenant } from '../../local/stack-file.ts';

const startEntry = path.join(import.meta.dirname, '..', '..', 'local', 'start.ts');
/** Names the file of the template that all stacks of a test run are started from. */
export const TEMPLATE_VARIABLE = 'ONEVAULT_TEST_TEMPLATE';
/** Time for a start that has to create its database on a busy machine. */
const startLimitMs = 60_000;
const pauseMs = 50;

export interface StackUnderTestOptions {
  /** Kept after the test when given; otherwise a temporary one that {@link StackUnderTest.stop} removes. */
  dataDir?: string;
  /** Further arguments of `npm start --`. */
  args?: string[];
  environment?: Record<string, string>;
}

/** A local stack in processes of its own, as `npm start` runs it. */
export interface StackUnderTest {
  url: string;
  databaseUrl: string;
  queueEndpoint: string;
  tenants: Tenant[];
  dataDir: string;
  /** The supervisor's own process id. */
  pid: number;
  /** Everything the stack has printed so far. */
  output(): string;
  /** The ids of its processes as they are now. */
  pids(): Record<string, number>;
  /** Kills a process with SIGKILL and resolves when the stack has brought it back. */
  killProcess(name: string): Promise<void>;
  /** Sends a signal to the stack and resolves with its exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a process of `npm start` without waiting for anything. */
export function spawnStack({
  dataDir,
  args = [],
  environment = {},
}: StackUnderTestOptions & { dataDir: string }) {
  const { SYSTEM_DATABASE_URL, AWS_ENDPOINT_URL_SQS, ...inherited } = process.env;
  const template = process.env[TEMPLATE_VARIABLE];
  const shared = template === undefined || args.includes('--template') ? [] : ['--template', template];
  const child = spawn(
    process.execPath,
    [startEntry, '--port', '0', '--data-dir', dataDir, ...shared, ...args],
    {
      env: { ...inherited, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, output: () => output };
}

/**
 * Starts a local stack and waits until it answers.
 * @throws Error with what it printed when it ends or does not get ready.
 */
export async function startStack(options: StackUnderTestOptions = {}): Promise<StackUnderTest> {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'onevault-stack-'));
  const { child, ended, output } = spawnStack({ ...options, dataDir });
  const removeData = () => {
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  };
  const first = await waitUntilReady(child, dataDir).catch(async (error) => {
    child.kill('SIGTERM');
    await ended;
    removeData();
    throw new Error(`${error.message} It printed:\n${output()}`);
  });
  const describe = () => readDescription(dataDir) ?? first;
  return {
    url: first.apiUrl,
    databaseUrl: first.databaseUrl,
    queueEndpoint: first.queueEndpoint,
    tenants: first.tenants,
    dataDir,
    pid: first.pid,
    output,
    pids: () => describe().processes,
    async killProcess(name) {
      const before = describe().processes[name];
      if (before === undefined) throw new Error(`The stack has no process ${name}.`);
      process.kill(before, 'SIGKILL');
      await until(`${name} is back`, () => {
        const now = describe().processes[name];
        return now !== undefined && now !== before;
      });
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const status = await ended;
      removeData();
      return status;
    },
  };
}

/** Waits for a condition; @throws Error naming it when it does not come true. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = startLimitMs,
): Promise<void> {
  for (const end = Date.now() + limitMs; !(await condition()); await sleep(pauseMs)) {
    if (Date.now() > end) throw new Error(`Waited ${limitMs / 1000} s in vain until ${what}.`);
  }
}

async function waitUntilReady(child: ChildProcess, dataDir: string): Promise<StackDescription> {
  let description: StackDescription | undefined;
  await until('the stack is ready', () => {
    if (child.exitCode !== null) throw new Error(`The stack ended with status ${child.exitCode}.`);
    description = readDescription(dataDir);
    return description?.pid === child.pid;
  });
  if (description === undefined) throw new Error('The stack did not describe itself.');
  return description;
}

/** What a stack says of itself, or undefined before it is ready. */
export function readDescription(dataDir: string): StackDescription | undefined {
  try {
    return stackDescription.parse(JSON.parse(readFileSync(path.join(dataDir, stackFile), 'utf8')));
  } catch {
    return undefined;
  }
}
