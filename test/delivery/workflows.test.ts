import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { repository } from './run.ts';

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  env: z.record(z.string(), z.string()).default({}),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  concurrency: z.object({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({
      'timeout-minutes': z.number(),
      environment: z.string().optional(),
      env: z.record(z.string(), z.string()).default({}),
      steps: z.array(step),
    }),
  ),
});
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')));

/** How a workflow names a value that GitHub fills in. */
const expression = (name: string): string => ['$', `{{ ${name} }}`].join('');

const files = globSync('.github/workflows/*.yml', { cwd: repository }).sort();
const textOf = (file: string): string => readFileSync(join(repository, file), 'utf8');
const parsed = (file: string) => workflow.parse(load(textOf(file)));
const stepsOf = (file: string) => Object.values(parsed(file).jobs).flatMap(({ steps }) => steps);
const commandsOf = (file: string) => stepsOf(file).flatMap(({ run }) => run ?? []);

it('there are a check of every change and a deployment', () => {
  expect(files).toEqual(['.github/workflows/ci.yml', '.github/workflows/deploy.yml']);
});

describe.each(files)('%s', (file) => {
  it('runs npm and scripts of this project that exist, and nothing else', () => {
    const called = commandsOf(file).filter((command) => !/^npm (ci|audit\b.*)$/.test(command));
    const names = called.map(
      (command) => /^npm (?:run (\S+)|(test)\b)/.exec(command)?.slice(1).find(Boolean) ?? command,
    );
    expect(names.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('puts no expression of GitHub into a command, where it would be run', () => {
    expect(commandsOf(file).filter((command) => command.includes('{{'))).toEqual([]);
  });

  it('names actions of GitHub and AWS only, by their major version', () => {
    const used = stepsOf(file).flatMap(({ uses }) => uses ?? []);
    expect(used.filter((name) => !/^(actions|aws-actions)\/[a-z-]+@v\d+$/.test(name))).toEqual([]);
  });

  it('installs what the lock file says on the Node that package.json wants', () => {
    const node = stepsOf(file).find(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(node?.with).toMatchObject({ 'node-version-file': 'package.json' });
    expect(commandsOf(file)[0]).toBe('npm ci');
  });

  it('knows no long-lived key of AWS, and leaves no credentials in the checkout', () => {
    expect(textOf(file)).not.toMatch(/aws_(access_key_id|secret_access_key)|AKIA/i);
    const checkout = stepsOf(file).find(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkout?.with).toEqual({ 'persist-credentials': false });
  });
});

it('the check may read the sources and nothing else, and a newer push ends it', () => {
  const { permissions, concurrency, on } = parsed('.github/workflows/ci.yml');
  expect(permissions).toEqual({ contents: 'read' });
  expect(concurrency['cancel-in-progress']).toBe(true);
  expect(Object.keys(on)).toEqual(['push', 'pull_request']);
  expect(commandsOf('.github/workflows/ci.yml')).toEqual(
    expect.arrayContaining(['npm audit --audit-level=high', 'npm test']),
  );
});

describe('the deployment', () => {
  const file = '.github/workflows/deploy.yml';

  it('is started by hand, runs in the environment that was named, and is never cut off', () => {
    const { on, jobs, concurrency } = parsed(file);
    expect(Object.keys(on)).toEqual(['workflow_dispatch']);
    expect(jobs.deploy?.environment).toBe(expression('inputs.environment'));
    expect(concurrency['cancel-in-progress']).toBe(false);
  });

  it('takes a role of the account by OIDC, whose name is a variable', () => {
    expect(parsed(file).permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const role = stepsOf(file).find(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));
    expect(role?.with).toEqual({
      'role-to-assume': expression('vars.AWS_DEPLOY_ROLE_ARN'),
      'aws-region': expression('vars.AWS_REGION'),
    });
  });

  it('synthesises and validates before it has any credentials', () => {
    const order = stepsOf(file).map(({ run, uses }) => run ?? uses ?? '');
    const at = (part: string) => order.findIndex((each) => each.includes(part));
    expect(at('--dry-run')).toBeLessThan(at('configure-aws-credentials'));
    expect(at('configure-aws-credentials')).toBeLessThan(at('--yes'));
    expect(at('--dry-run')).toBeGreaterThan(0);
  });
});
