// Runs a TypeScript entry of this project under the project's own Node: `node scripts/run.mjs <entry.ts> [arguments]`.
//
// Plain JavaScript without a dependency, because it runs in a fresh clone on whatever Node (20 or later) is there; the
// code itself needs the pinned Node in node_modules, which strips types.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const oldestNode = 20;
/** npm writes its own record of a finished install just before or after it saves package-lock.json. */
const sameInstallMs = 10_000;
/** Time in which a process that took the lock writes its id into it. */
const lockOwnerWrittenMs = 5_000;
const parentCheckMs = 500;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const stamp = path.join(modules, '.onevault-installed');
const lock = path.join(root, '.onevault', 'install.lock');
const projectNode = path.join(modules, '.bin', 'node');

class Unusable extends Error {}

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** A link leads to the packages of another folder, which decides itself what it installs. */
function isLinked() {
  return lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isInstalled() {
  if (!existsSync(projectNode)) return false;
  if (isLinked()) return true;
  const hash = lockfileHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  // Somebody ran `npm ci` or `npm install` by hand: that counts, when it came after the lock file.
  const installedAt = modifiedAt(path.join(modules, '.package-lock.json'));
  const lockedAt = modifiedAt(path.join(root, 'package-lock.json'));
  if (installedAt === undefined || lockedAt === undefined || installedAt < lockedAt - sameInstallMs)
    return false;
  try {
    writeFileSync(stamp, hash);
  } catch {
    // Somebody else's node_modules: the same question is asked at the next start.
  }
  return true;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  // A dead process that nobody has buried yet still has its id.
  return !/\) Z /.test(readIfThere(`/proc/${pid}/stat`));
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isLockStale() {
  const takenAt = modifiedAt(lock);
  if (takenAt === undefined) return false;
  const owner = path.join(lock, 'pid');
  if (!existsSync(owner)) return Date.now() - takenAt > lockOwnerWrittenMs;
  const pid = Number.parseInt(readFileSync(owner, 'utf8'), 10);
  return Number.isNaN(pid) ? Date.now() - takenAt > lockOwnerWrittenMs : !isAlive(pid);
}

function tryLock() {
  mkdirSync(path.dirname(lock), { recursive: true });
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
  writeFileSync(path.join(lock, 'pid'), String(process.pid));
  return true;
}

async function takeLock() {
  let told = false;
  while (!tryLock()) {
    if (isLockStale()) rmSync(lock, { recursive: true, force: true });
    else if (!told) {
      told = true;
      console.error('Another process is installing the dependencies; waiting for it.');
    }
    await sleep(200);
  }
}

/** npm tells a script where it lives; that one is preferred over whatever `npm` is first on the path. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') && existsSync(cli) ? [process.execPath, [cli]] : ['npm', []];
}

function npmCi() {
  const [command, prefix] = npmCommand();
  const child = spawn(
    command,
    [...prefix, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      // Standard output stays free for what the entry prints.
      stdio: ['ignore', 2, 2],
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', () =>
      reject(new Unusable('npm was not found. Install Node.js with npm, then run this again.')),
    );
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Unusable('`npm ci` failed (its message is above). Check the network, then run this again.'),
        );
    });
  });
}

async function install() {
  if (isLinked()) {
    throw new Unusable(
      'node_modules is a symbolic link to a folder without the packages, which `npm ci` would empty. Run `npm ci` where it points, or remove the link.',
    );
  }
  await takeLock();
  try {
    if (isInstalled()) return;
    console.error('Installing the dependencies (npm ci) ...');
    await npmCi();
    if (!existsSync(projectNode)) {
      throw new Unusable(
        'npm did not run the install script of the package `node`. Run `npm rebuild node esbuild`.',
      );
    }
    writeFileSync(stamp, lockfileHash());
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** npm passes SIGTERM to the shell between it and us, which ends without passing it on. */
function stopWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, parentCheckMs);
  timer.unref();
}

function runEntry(entry, rest) {
  // The channel tells the entry when this process is gone, even when it was killed without a chance to say so.
  const child = spawn(projectNode, [path.join(root, entry), ...rest], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Every process of a stack reads the same modules: the second one finds them compiled.
    env: { NODE_COMPILE_CACHE: path.join(modules, '.cache', 'node-compile'), ...process.env },
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  stopWithNpm(child);
  child.once('error', (error) => {
    console.error(
      `The project's own Node does not start (${error.code}). Remove node_modules and run this again.`,
    );
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

async function main() {
  const [entry, ...rest] = process.argv.slice(2);
  if (entry === undefined) throw new Unusable('Usage: node scripts/run.mjs <entry.ts> [arguments]');
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    throw new Unusable(
      `Node ${process.versions.node} is too old. Install Node ${oldestNode} or later (https://nodejs.org).`,
    );
  }
  if (!isInstalled()) await install();
  runEntry(entry, rest);
}

main().catch((error) => {
  console.error(error instanceof Unusable ? error.message : error);
  process.exitCode = 1;
});
