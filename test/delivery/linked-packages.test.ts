import { cpSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { scratchFolder } from '../support/onevault-process.ts';
import { repository, run } from './run.ts';

let clone: string;
/** What the clone's node_modules points at. */
let packages: string;
let entry: readonly [string, ...string[]];
let environment: Record<string, string>;
beforeEach(() => {
  const folder = scratchFolder();
  clone = join(folder, 'clone');
  packages = join(folder, 'packages');
  mkdirSync(join(clone, 'scripts'), { recursive: true });
  mkdirSync(packages);
  cpSync(join(repository, 'scripts/run.mjs'), join(clone, 'scripts/run.mjs'));
  writeFileSync(join(clone, 'package-lock.json'), '{}');
  writeFileSync(join(clone, 'entry.ts'), "console.log('the entry ran');");
  symlinkSync(packages, join(clone, 'node_modules'));
  // Stands where npm would: it says that it was called, and does nothing.
  const npm = join(folder, 'npm.js');
  writeFileSync(npm, "console.error('npm was called'); process.exitCode = 1;");
  entry = [process.execPath, join(clone, 'scripts/run.mjs'), 'entry.ts'];
  environment = { npm_execpath: npm, NODE_COMPILE_CACHE: join(folder, 'cache') };
});

it('a linked node_modules without packages is refused with a sentence, and never installed into', async () => {
  writeFileSync(join(packages, 'theirs'), '');
  const { exitCode, stdout, stderr } = await run(entry, environment, clone);
  expect([exitCode, stdout, stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/^node_modules is a symbolic link to a folder without the packages.*\n$/),
  ]);
  expect(readdirSync(packages)).toEqual(['theirs']);
});

it('a linked node_modules with packages is used as it is, however old, and nothing is written there', async () => {
  const node = join(packages, '.bin/node');
  mkdirSync(dirname(node));
  symlinkSync(process.execPath, node);
  const record = join(packages, '.package-lock.json');
  writeFileSync(record, '{}');
  utimesSync(record, 1, 1);
  const { exitCode, stdout, stderr } = await run(entry, environment, clone);
  expect([exitCode, stdout, stderr]).toEqual([0, 'the entry ran\n', '']);
  expect(readdirSync(packages).sort()).toEqual(['.bin', '.package-lock.json']);
});
