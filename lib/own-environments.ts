import { globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { ConfigError } from './parse-config.ts';

/** Where environments of one's own are, unless `ONEVAULT_ENVIRONMENTS` says otherwise. */
export const environmentsFolder = join(import.meta.dirname, '..', 'environments');

const values = z.record(z.string(), z.unknown());

/** It becomes part of the names of stacks and queues. */
const NAME = /^[a-z][a-z0-9]{0,19}$/;

/**
 * The folder of this process.
 * @returns null where none is wanted, so that only the built-in environments are there.
 * @throws ConfigError when the folder that was asked for does not exist.
 */
export function chosenFolder(): string | null {
  const chosen = process.env.ONEVAULT_ENVIRONMENTS;
  if (chosen === undefined) return environmentsFolder;
  if (chosen === '') return null;
  if (statSync(chosen, { throwIfNoEntry: false })?.isDirectory() === true) return chosen;
  throw new ConfigError(`ONEVAULT_ENVIRONMENTS is ${JSON.stringify(chosen)}, which is no folder.`);
}

/** The environments that a folder has a file of, whatever is in it. */
export function ownEnvironmentNames(folder: string | null): string[] {
  if (folder === null) return [];
  return globSync('*.json', { cwd: folder })
    .map((file) => basename(file, '.json'))
    .sort();
}

/** @throws ConfigError for a file whose name no environment can have. */
export function checkOwnName(name: string, reserved: readonly string[]): void {
  if (NAME.test(name) && !reserved.includes(name)) return;
  throw new ConfigError(
    `environments/${name}.json needs another name: a letter and then up to 19 letters or digits, all small, and none of ${reserved.join(', ')}.`,
  );
}

/**
 * The values of `environments/<name>.json`, which says only what differs from the environment that it extends. A file named like a
 * built-in environment changes that one. No other file is looked at: what is wrong with one environment stops no other.
 * @param builtIn configurations by name.
 * @param reserved names that no file may take.
 * @returns undefined where there is no such file.
 * @throws ConfigError for a file that cannot be read as one.
 */
export function readOwnEnvironment(
  name: string,
  builtIn: ReadonlyMap<string, unknown>,
  reserved: readonly string[],
  folder: string | null,
): unknown {
  if (folder === null || !ownEnvironmentNames(folder).includes(name)) return undefined;
  checkOwnName(name, reserved);
  const file = `environments/${name}.json`;
  const { extends: base = builtIn.has(name) ? name : undefined, ...changes } = read(
    join(folder, `${name}.json`),
    file,
  );
  const bases = [...builtIn.keys()].join(', ');
  if (base === undefined) throw new ConfigError(`${file} lacks "extends": set it to one of ${bases}.`);
  const extended = typeof base === 'string' ? builtIn.get(base) : undefined;
  if (extended === undefined) {
    throw new ConfigError(`${file} extends ${JSON.stringify(base)}: set "extends" to one of ${bases}.`);
  }
  return merge(extended, changes);
}

function read(path: string, file: string): z.infer<typeof values> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read (${cause instanceof Error ? cause.message : cause}).`, {
      cause,
    });
  }
  try {
    return values.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(`${file} is not a JSON object.`, { cause });
  }
}

/** Objects are merged key by key; anything else, lists included, is replaced. */
function merge(base: unknown, changes: unknown): unknown {
  const [before, after] = [values.safeParse(base), values.safeParse(changes)];
  if (!before.success || !after.success) return changes;
  const merged = { ...before.data };
  for (const [key, value] of Object.entries(after.data)) {
    merged[key] = key in merged ? merge(merged[key], value) : value;
  }
  return merged;
}
