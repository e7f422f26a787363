import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../support/onevault-process.ts';
import { repository, run, script } from './run.ts';

it.each(['deploy.ts', 'destroy.ts'])(
  '%s refuses the environment that only a developer’s machine runs',
  async (entry) => {
    const { exitCode, stderr } = await script(entry, ['--env', 'local']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('"local" is what `npm start` runs and is never deployed: choose one of dev, '),
    ]);
  },
);

it('a commit that there is not leaves the packed release as it was, and is told in one sentence', async () => {
  const file = join(repository, 'test/upgrade/previous-release.tar.gz');
  const before = readFileSync(file);
  const { exitCode, stdout, stderr } = await script('previous-release.ts', ['no-such-commit']);
  expect([exitCode, stdout, stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/^Nothing was packed: git cannot read no-such-commit \(.+\)\.\n$/),
  ]);
  expect(readFileSync(file).equals(before)).toBe(true);
});

describe('a file of environments/ that cannot be used', () => {
  const fault = 'environments/acme.json lacks "extends": set it to one of dev, staging, prod.';
  let environment: Record<string, string>;
  beforeEach(() => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'acme.json'), '{}');
    environment = { ONEVAULT_ENVIRONMENTS: folder };
  });
  /** The app as the CDK CLI runs it, but that it writes nothing. */
  const app = (context: Record<string, unknown>) =>
    run([process.execPath, 'bin/app.ts'], {
      ...environment,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
    });

  it.each([
    ['deploy.ts', ['--env', 'acme'], 2],
    ['destroy.ts', ['--env', 'acme'], 2],
    ['synth.ts', [], 1],
    ['cost.ts', ['--env', 'acme'], 1],
  ])('ends %s %j with one sentence', async (entry, flags, status) => {
    const { exitCode, stderr } = await script(entry, flags, environment);
    expect([exitCode, stderr.trim().split('\n').at(-1)]).toEqual([status, expect.stringContaining(fault)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('ends the CDK’s app with one sentence', async () => {
    const { exitCode, stderr } = await app({});
    expect([exitCode, stderr]).toEqual([1, `${fault}\n`]);
  });

  it('stops no command and no app that is about another environment', async () => {
    expect(await app({ environment: 'dev' })).toMatchObject({ exitCode: 0, stderr: '' });
    const { stderr } = await script('deploy.ts', ['--env', 'dev'], environment);
    expect(stderr).toContain('No AWS credentials were found');
  });
});
