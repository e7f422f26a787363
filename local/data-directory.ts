import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { birthOf, isAlive } from './process-table.ts';

const largestLogBytes = 10 * 1024 * 1024;
const ownerOnly = 0o600;
const lockFile = 'lock';

const lockShape = z.object({ pid: z.number().int(), birth: z.string().optional() });

/** A start that cannot go on for a reason that the user can change; its message says what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** Where a stack keeps its data unless told otherwise. */
export const defaultDataDirectory = path.join(path.dirname(import.meta.dirname), '.onevault');

/** The directory in which one local stack keeps everything it has. */
export class DataDirectory {
  readonly path: string;

  constructor(directory: string) {
    this.path = path.resolve(directory);
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** Creates the directory with what must be there before anything starts. */
  create(): void {
    try {
      mkdirSync(this.file('logs'), { recursive: true });
      accessSync(this.path, constants.W_OK);
    } catch (cause) {
      throw new StartRefused(
        `${this.path} cannot be used as data directory: it must be a directory that you may write. Pass --data-dir with another one.`,
        { cause },
      );
    }
  }

  /** The log of one process, emptied when it has grown past 10 MB. */
  log(name: string): string {
    const file = path.join(this.file('logs'), `${name}.log`);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes) truncateSync(file);
    return file;
  }

  /**
   * Takes the directory for this process; a lock whose owner is gone is taken over.
   * @throws StartRefused while another stack uses the directory.
   */
  lock(): void {
    // Linking puts the lock there at once and with its content, or not at all.
    const mine = `lock.${process.pid}`;
    this.write(mine, { pid: process.pid, birth: birthOf(process.pid) });
    try {
      while (!linkUnlessThere(this.file(mine), this.file(lockFile))) this.#removeStaleLock();
    } finally {
      this.remove(mine);
    }
  }

  #removeStaleLock(): void {
    const owner = this.read(lockFile, lockShape);
    if (owner !== undefined && isAlive(owner.pid) && birthOf(owner.pid) === owner.birth) {
      throw new StartRefused(
        `Another npm start (pid ${owner.pid}) uses ${this.path}. Stop it, or pass --data-dir with another directory.`,
      );
    }
    this.remove(lockFile);
  }

  unlock(): void {
    this.remove(lockFile);
  }

  /** The content of a JSON file, or undefined when it is absent or has another shape. */
  read<T>(name: string, shape: z.ZodType<T>): T | undefined {
    try {
      return shape.safeParse(JSON.parse(readFileSync(this.file(name), 'utf8'))).data;
    } catch {
      return undefined;
    }
  }

  /** Replaces a JSON file at once, readable by its owner only: these files hold tokens and passwords. */
  write(name: string, content: unknown): void {
    const temporary = this.file(`${name}.${process.pid}.tmp`);
    writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: ownerOnly });
    renameSync(temporary, this.file(name));
  }

  remove(name: string): void {
    rmSync(this.file(name), { recursive: true, force: true });
  }
}

function linkUnlessThere(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
