import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository, run } from './run.ts';

const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const steps = (/^```sh\n([\s\S]*?)^```$/m.exec(read('docs/operations/deploy.md'))?.[1] ?? '')
  .trim()
  .split('\n');

/** What a clone of the repository holds, with the packages that `npm ci` would bring. */
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'onevault-path-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: repository,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(repository, name)))) {
    cpSync(join(repository, file), join(clone, file), { recursive: true, mode: 0 });
  }
  symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

it('has one path from a clone to a deployment, and the README points at it', () => {
  expect(steps).toEqual([
    expect.stringMatching(/^git clone /),
    'npm ci',
    'npm test',
    'npm run deploy -- --env dev',
  ]);
  expect(read('README.md')).toContain('npm run deploy -- --env dev');
  expect(read('README.md')).toContain('(docs/operations/deploy.md)');
  const others = globSync('{README.md,docs/**/*.md}', { cwd: repository }).filter((file) =>
    /\bcdk deploy\b/.test(read(file)),
  );
  expect(others).toEqual([]);
});

it('leads, in a clone and without an account, to templates and bundles that passed every rule', async () => {
  const last = (steps.at(-1) ?? '').split(' ');
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const { exitCode, stdout, stderr } = await run(
    ['npm', ...last.slice(1), '--dry-run'],
    { PATH: path },
    clone,
  );
  expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('stopped')]);
  expect(stdout).toMatch(
    /── Check tools and credentials[\s\S]*── Synthesise and validate[\s\S]*cdk\.out\/deploy-dev holds/,
  );
  const assembly = join(clone, 'cdk.out', 'deploy-dev');
  expect(globSync('assembly-dev/*Tracking*.template.json', { cwd: assembly })).toHaveLength(1);
  expect(globSync('asset.*/index.mjs', { cwd: assembly }).length).toBeGreaterThanOrEqual(6);
}, 180_000);
