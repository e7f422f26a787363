import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { chown, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandLineOf, isAlive } from '../process-table.ts';
import type { Placement } from './placement.ts';

const run = promisify(execFile);
const strayStopMs = 5_000;

function binary({ installation }: Placement, name: string): string {
  return path.join(installation, 'bin', name);
}

/** The environment of Postgres' programs: nothing of the user's, least of all PG* variables. */
const cleanEnvironment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** The major version of the binaries. */
export async function majorVersion(placement: Placement): Promise<number> {
  const { stdout } = await run(binary(placement, 'postgres'), ['--version']);
  return Number.parseInt(/(\d+)\./.exec(stdout)?.[1] ?? '', 10);
}

function clusterOf({ home }: Placement): string {
  return path.join(home, 'cluster');
}

/** Creates the database cluster if there is none yet; an attempt that was interrupted leaves nothing that counts. */
export async function initialise(placement: Placement, owner: string, password: string): Promise<void> {
  const { account } = placement;
  const cluster = clusterOf(placement);
  if (existsSync(cluster)) return;
  const unfinished = `${cluster}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const passwordFile = path.join(placement.home, 'password');
  const options = {
    pgdata: unfinished,
    username: owner,
    pwfile: passwordFile,
    auth: 'scram-sha-256',
    encoding: 'UTF8',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
    locale: 'C',
  };
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
    await run(
      binary(placement, 'initdb'),
      Object.entries(options).map(([name, value]) => `--${name}=${value}`),
      { ...account, env: cleanEnvironment, cwd: '/' },
    );
    await rename(unfinished, cluster);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Starts the server; it logs to the placement's file. */
export function startServer(
  placement: Placement,
  port: number,
  settings: Record<string, string>,
): ChildProcess {
  const log = openSync(placement.logFile, 'a');
  const options = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const server = spawn(binary(placement, 'postgres'), ['-D', clusterOf(placement), ...options], {
    ...placement.account,
    env: cleanEnvironment,
    cwd: '/',
    // Its own process group: SIGINT, which a terminal sends to a whole group, means "stop at once" to Postgres.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return server;
}

/**
 * Stops a server that an earlier stack left behind in this data directory, and removes a pid file whose id belongs to
 * another program by now, at which Postgres would refuse to start.
 */
export async function stopStray(placement: Placement): Promise<void> {
  const cluster = clusterOf(placement);
  const pidFile = path.join(cluster, 'postmaster.pid');
  const pid = readPid(pidFile);
  if (pid === undefined || !isAlive(pid)) return;
  if (!(commandLineOf(pid)?.includes(cluster) ?? false)) {
    rmSync(pidFile, { force: true });
    return;
  }
  for (const [signal, patienceMs] of [
    ['SIGINT', strayStopMs],
    ['SIGQUIT', strayStopMs],
    ['SIGKILL', strayStopMs],
  ] as const) {
    if (!signalIfAlive(pid, signal)) return;
    for (const until = Date.now() + patienceMs; isAlive(pid) && Date.now() < until; ) await sleep(50);
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return isAlive(pid) && process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Removes the database cluster, on which no server may run. */
export async function removeCluster(placement: Placement): Promise<void> {
  await rm(clusterOf(placement), { recursive: true, force: true });
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
