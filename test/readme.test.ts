import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDescription, until } from './support/stack.ts';

const repository = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const commands = [...read('README.md').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) =>
  block.trim(),
);

/** Whatever account the developer has, this is the machine of somebody without one. */
const noAccount = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** A clone of this working tree, so that the commands meet what a newcomer meets and nothing of the developer's data. */
let clone: string;
let stack: ReturnType<typeof spawn>;
let ended: Promise<unknown>;

beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), 'onevault-readme-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: repository,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter(Boolean)) {
    cpSync(join(repository, file), join(clone, file), { recursive: true, mode: 0 });
  }
  symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'));
  // As a newcomer would, but on any free port: theirs may be taken by a stack that the developer runs.
  stack = spawn('npm', ['start', '--', '--port', '0'], { cwd: clone, stdio: 'ignore', detached: true });
  ended = new Promise((resolve) => stack.once('exit', resolve));
  await until('npm start is ready', () => readDescription(join(clone, '.onevault')) !== undefined, 90_000);
}, 120_000);
afterAll(async () => {
  if (stack.pid !== undefined) process.kill(-stack.pid, 'SIGTERM');
  await ended;
  rmSync(clone, { recursive: true, force: true });
});

/** Runs a block of the README as a shell would. */
const run = (block: string): string =>
  execFileSync('sh', ['-euc', block], {
    cwd: clone,
    encoding: 'utf8',
    // npx looks in the path first, where the test run has put this repository's own commands.
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    timeout: 120_000,
  });
const command = (start: string): string => {
  const found = commands.find((block) => block.startsWith(start));
  if (found === undefined) throw new Error(`The README has no command that starts with ${start}.`);
  return found;
};

it('has no command that is not run here, or is how this test runs', () => {
  const known = [
    'npm start',
    'npm test',
    'API=',
    'npx onevault status',
    'npx onevault import',
    'npx onevault sample',
    'npm run synth',
    'npm run deploy',
  ];
  expect(commands.filter((block) => !known.some((start) => block.startsWith(start)))).toEqual([]);
  expect(known.map(command)).toHaveLength(commands.length);
});

it('tells a first event that the stack accepts and shows a second later', async () => {
  expect(JSON.parse(run(command('API=')))).toMatchObject({ success: true, status: 'accepted' });
  await until('the status shows it', () => /vault +1\b/.test(run(command('npx onevault status'))));
});

it('tells an import that accounts for every line of the sample', () => {
  expect(run(command('npx onevault import'))).toMatch(/5,?000/);
});

it('tells how to make a sample', () => {
  run(command('npx onevault sample'));
  expect(
    execFileSync('sh', ['-c', 'gzip -dc bigger.log.gz | wc -l'], { cwd: clone, encoding: 'utf8' }).trim(),
  ).toBe('20000');
});

it('tells how to write the templates of all environments', () => {
  expect(run(command('npm run synth'))).toMatch(/dev[\s\S]*staging[\s\S]*prod/);
}, 120_000);

it('tells how to deploy, which without an account says what it wants', () => {
  const { status, stderr } = spawnSync('sh', ['-euc', command('npm run deploy')], {
    cwd: clone,
    encoding: 'utf8',
    env: { ...process.env, ...noAccount },
    timeout: 60_000,
  });
  expect(status).not.toBe(0);
  expect(stderr).toContain('No AWS credentials were found: set AWS_PROFILE');
}, 90_000);

it.each([
  'docs/events.md',
  'docs/concepts.md',
  'docs/performance.md',
  'docs/decisions/README.md',
  'CHANGELOG.md',
])('points at %s, which is there', (file) => {
  expect(read('README.md')).toContain(`(${file})`);
  expect(read(file).length).toBeGreaterThan(200);
});
