import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { ConfigError } from './parse-config.ts';

const folder = join(import.meta.dirname, '..', 'environments');

const own = z.looseObject({ extends: z.string().optional() });
const values = z.record(z.string(), z.unknown());

/** It becomes part of the names of stacks and queues. */
const NAME = /^[a-z][a-z0-9]{0,19}$/;

/**
 * The built-in environments together with those of `environments/<name>.json`, each of which says only what differs from the
 * environment that it extends. A file named like a built-in environment changes that one.
 * @param builtIn configurations by name.
 * @param reserved names that no file may take.
 * @throws ConfigError for a file that cannot be read as one.
 */
export function readOwnEnvironments(
  builtIn: ReadonlyMap<string, unknown>,
  reserved: readonly string[],
  directory: string = folder,
): ReadonlyMap<string, unknown> {
  const all = new Map(builtIn);
  if (!existsSync(directory)) return all;
  for (const file of globSync('*.json', { cwd: directory }).sort()) {
    const name = basename(file, '.json');
    if (!NAME.test(name) || reserved.includes(name)) {
      throw new ConfigError(
        `environments/${file} needs another name: a letter and then up to 19 letters or digits, all small, and none of ${reserved.join(', ')}.`,
      );
    }
    const { extends: base = name, ...changes } = parse(file, readFileSync(join(directory, file), 'utf8'));
    const extended = builtIn.get(base);
    if (extended === undefined) {
      throw new ConfigError(
        `environments/${file} extends ${JSON.stringify(base)}: set "extends" to one of ${[...builtIn.keys()].join(', ')}.`,
      );
    }
    all.set(name, merge(extended, changes));
  }
  return all;
}

function parse(file: string, text: string): z.infer<typeof own> {
  try {
    return own.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(`environments/${file} is not a JSON object.`, { cause });
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
