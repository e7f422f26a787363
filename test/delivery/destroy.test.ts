import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { configOf } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { readAssembly } from '../../scripts/delivery/assembly.ts';
import { documentedLeftovers, keptBy } from '../../scripts/delivery/leftovers.ts';
import { scratchFolder } from '../support/onevault-process.ts';
import { AwsServer } from './aws-server.ts';
import { repository, script } from './run.ts';

const guide = readFileSync(join(repository, 'docs/operations/deploy.md'), 'utf8');
const leaves = guide.split('## What destroy leaves')[1] ?? '';

let template: string;
beforeAll(() => {
  template = JSON.stringify(synthesise('dev'));
});

let aws: AwsServer;
beforeEach(async () => {
  aws = new AwsServer();
  await aws.start();
});
afterEach(() => aws.stop());

function deployed(name: string, isProtected = false): void {
  const id = `arn:aws:cloudformation:eu-central-1:123456789012:stack/${name}/1`;
  const state = { id, status: 'CREATE_COMPLETE', outputs: {}, parameters: {}, isProtected };
  aws.state.stacks.set(name, { ...state, template: name.endsWith('Edge') ? '{}' : template });
}

const destroy = (environment: string, ...flags: string[]) =>
  script('destroy.ts', ['--env', environment, ...flags], aws.environment);

it('leaves nothing of dev behind but what the guide says: no resource has a policy that keeps it', () => {
  expect(keptBy(template)).toEqual([]);
});

it('leaves a log group of each function that has none of its own, and the guide says so', () => {
  const functions = z.object({
    Resources: z.record(
      z.string(),
      z.object({
        Type: z.string(),
        Properties: z.object({ LoggingConfig: z.unknown() }).partial().optional(),
      }),
    ),
  });
  const helpers = Object.entries(functions.parse(JSON.parse(template)).Resources)
    .filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::Lambda::Function' && Properties?.LoggingConfig === undefined,
    )
    .map(([logicalId]) => logicalId.replace(/[0-9A-F]{8}$/, ''));
  for (const helper of helpers) expect(leaves).toContain(`\`${helper}\``);
});

it.each(documentedLeftovers)('names in the guide what is left: %s', (leftover) => {
  expect(leaves.replaceAll(/\s+/g, ' ').toLowerCase()).toContain(leftover.toLowerCase());
});

it('names in the guide, by its type, whatever a policy of prod or of its edge keeps', () => {
  const config = {
    ...configOf('prod'),
    edge: { requestsPerFiveMinutes: 3_000 },
    domain: { name: 'track.example.com', hostedZoneId: 'Z0000000', hostedZoneName: 'example.com' },
  };
  const outdir = scratchFolder();
  synthesise('prod', { config, outdir });
  const { tracking, edge } = readAssembly(outdir, 'prod');
  const kept = [tracking, edge].map((stack) => keptBy(stack?.template ?? '{}').map(({ type }) => type));
  expect(kept.map((types) => types.includes('AWS::KMS::Key'))).toEqual([true, true]);
  expect(kept.flat().filter((type) => !leaves.includes(`\`${type}\``))).toEqual([]);
}, 120_000);

it.each(['Retain', 'RetainExceptOnCreate', 'Snapshot'])('names what the policy %s would keep', (policy) => {
  const Resources = {
    Kept: { Type: 'AWS::RDS::DBCluster', DeletionPolicy: policy },
    Gone: { Type: 'AWS::EC2::VPC' },
  };
  expect(keptBy(JSON.stringify({ Resources }))).toEqual([
    { logicalId: 'Kept', type: 'AWS::RDS::DBCluster', policy },
  ]);
});

it('refuses an environment that is protected, before any call, and says what to switch first', async () => {
  const { exitCode, stderr } = await destroy('prod', '--yes');
  expect([exitCode, stderr]).toEqual([
    3,
    expect.stringMatching(/is protected[\s\S]*"protected": false[\s\S]*deploy that/),
  ]);
  expect(aws.calls).toEqual([]);
});

it('refuses a stack that is protected in AWS, whatever the configuration says now', async () => {
  deployed('dev-Tracking', true);
  const { exitCode, stderr } = await destroy('dev', '--yes');
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('dev is protected')]);
  expect(aws.calls.filter((call) => call.startsWith('Delete'))).toEqual([]);
});

it('lists what stays and destroys nothing before somebody has agreed', async () => {
  deployed('dev-Tracking');
  const { exitCode, stdout, stderr } = await destroy('dev');
  for (const leftover of documentedLeftovers) expect(stdout).toContain(leftover);
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Nobody can be asked here')]);
  expect(aws.calls.filter((call) => call.startsWith('Delete'))).toEqual([]);
});

it('destroys the edge before the API that it points at, and says what is left', async () => {
  deployed('dev-Tracking');
  deployed('dev-Edge');
  const { exitCode, stdout } = await destroy('dev', '--yes');
  expect(stdout).toMatch(/Destroyed: dev-Edge, dev-Tracking\. What is left:/);
  expect(exitCode).toBe(0);
  expect(aws.calls.filter((call) => call.startsWith('DeleteStack'))).toEqual([
    expect.stringContaining('stack/dev-Edge/'),
    expect.stringContaining('stack/dev-Tracking/'),
  ]);
  expect([...aws.state.stacks.keys()]).toEqual([]);
}, 180_000);
