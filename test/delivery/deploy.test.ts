import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { configOf } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import { readAssembly } from '../../scripts/delivery/assembly.ts';
import { smokeTest, smokeTester } from '../../scripts/delivery/smoke.ts';
import { type StackUnderTest, startStack } from '../support/stack.ts';
import { AwsServer } from './aws-server.ts';
import { repository, script } from './run.ts';

const runbook = readFileSync(join(repository, 'docs/runbook.md'), 'utf8');

const MINUTE = 60_000;
/** A run of the CDK CLI takes seconds, and a multiple of them on a machine that does other things as well. */
const PATIENCE = 3 * MINUTE;

/** The environment dev as it would be deployed, but for its bundles, and the same with an edge. */
let assembly: string;
let withEdge: string;
/** What is deployed, as far as anybody can tell who calls it: the product on this machine. */
let stack: StackUnderTest;
let aws: AwsServer;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-assembly-'));
  assembly = join(folder, 'plain');
  withEdge = join(folder, 'edge');
  synthesise('dev', { outdir: assembly });
  synthesise('dev', {
    outdir: withEdge,
    config: {
      ...configOf('dev'),
      edge: { requestsPerFiveMinutes: 1_000 },
      domain: { name: 'track.example.com', hostedZoneId: 'Z0000000', hostedZoneName: 'example.com' },
    },
  });
  stack = await startStack();
}, PATIENCE);
afterAll(async () => {
  await stack.stop();
  rmSync(join(assembly, '..'), { recursive: true, force: true });
});

beforeEach(async () => {
  aws = new AwsServer();
  await aws.start();
  // The gateway's own address ends in a slash.
  aws.state.outputs = { ApiUrl: `${stack.url}/` };
  deployed('CDKToolkit', { outputs: { BootstrapVersion: '30' } });
});
afterEach(() => aws.stop());

function deployed(name: string, change: Partial<Parameters<typeof aws.state.stacks.set>[1]>): void {
  aws.state.stacks.set(name, {
    id: `arn:aws:cloudformation:eu-central-1:123456789012:stack/${name}/1`,
    status: 'CREATE_COMPLETE',
    template: '{}',
    outputs: {},
    parameters: {},
    isProtected: false,
    ...change,
  });
}

const deploy = (...flags: string[]) =>
  script('deploy.ts', ['--env', 'dev', '--assembly', assembly, ...flags], aws.environment);

/** What was done to stacks, in order; reading is left out. */
const changesMade = () =>
  aws.calls.filter((call) => /^(CreateChangeSet|ExecuteChangeSet|DeleteStack)/.test(call));

it('ends without credentials with one sentence that says what to set', async () => {
  const { exitCode, stderr } = await script('deploy.ts', ['--env', 'dev']);
  expect(stderr.trim()).toBe(
    'The deployment stopped. Check tools and credentials: No AWS credentials were found: set AWS_PROFILE (after `aws sso login` or `aws configure`), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  );
  expect(exitCode).toBe(2);
});

it.each([
  [['--env', 'nowhere'], 'There is no environment "nowhere"'],
  [[], 'Name an environment with --env'],
  [['--env', 'dev', '--force'], '--force'],
])('says of %j what is wrong before anything happens', async (flags, reason) => {
  const { exitCode, stderr } = await script('deploy.ts', flags, aws.environment);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(reason)]);
  expect(aws.calls).toEqual([]);
});

it(
  'deploys into an empty account, lets the doctor check the result, and tells where it is',
  async () => {
    const { id, tokens } = stack.tenants[0] ?? { id: '', tokens: { admin: '' } };
    const { exitCode, stdout } = await script(
      'deploy.ts',
      ['--env', 'dev', '--assembly', assembly, '--yes'],
      { ...aws.environment, ONEVAULT_TENANT: id, ONEVAULT_TOKEN: tokens.admin },
    );
    expect(stdout).toMatch(
      /── Check tools and credentials[\s\S]*── Read the assembly[\s\S]*── Check the account[\s\S]*── Compare with what is deployed[\s\S]*── Deploy dev\/Tracking[\s\S]*── Smoke test/,
    );
    expect(stdout).toContain('[+] AWS::RDS::DBCluster');
    expect(stdout).toContain('ALL TESTS PASSED');
    expect(stdout).toContain(`Deployed: ${stack.url}\n`);
    expect(exitCode).toBe(0);
    expect(changesMade()).toEqual(['CreateChangeSet dev-Tracking', 'ExecuteChangeSet dev-Tracking']);
  },
  PATIENCE,
);

it('asks health alone where no tester’s token is set, so that nothing is created', async () => {
  const told = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await smokeTest(stack.url, smokeTester({}));
  expect(told.mock.calls.flat().slice(0, -1)).toEqual(
    ['/health', '/health/detailed', '/health/db'].map((path) => `ok   ${stack.url}${path}`),
  );
  told.mockRestore();
});

it('says of a deployment that does not answer which address does not', async () => {
  await expect(smokeTest(`${stack.url}/nothing-here`, undefined, 0)).rejects.toMatchObject({
    message: expect.stringContaining(`${stack.url}/nothing-here/health answers 404`),
    exitCode: 4,
  });
});

it('wants the tenant of a tester’s token before it begins', () => {
  expect(() => smokeTester({ ONEVAULT_TOKEN: 'x' })).toThrow('ONEVAULT_TENANT is not');
});

describe('changes nothing', () => {
  const endsWith = async (exitCode: number, reason: RegExp, ...flags: string[]) => {
    const ended = await deploy(...flags);
    expect([ended.exitCode, ended.stderr]).toEqual([exitCode, expect.stringMatching(reason)]);
    expect(changesMade()).toEqual([]);
  };

  it('before somebody has agreed', () => endsWith(3, /Consent: Nobody can be asked here/));

  it('in an account without a bootstrap stack, and names the command that makes one', async () => {
    aws.state.stacks.delete('CDKToolkit');
    await endsWith(3, /eu-central-1 has no bootstrap stack[\s\S]*`npx cdk bootstrap`/, '--yes');
  });

  it('where the bootstrap stack is too old', async () => {
    deployed('CDKToolkit', { outputs: { BootstrapVersion: '5' } });
    await endsWith(3, /has version 5 of the bootstrap stack/, '--yes');
  });

  it('while another change is under way', async () => {
    deployed('dev-Tracking', { status: 'UPDATE_IN_PROGRESS' });
    await endsWith(3, /dev-Tracking is UPDATE_IN_PROGRESS[\s\S]*Wait/, '--yes');
  });

  it.each(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'])(
    'where a protected first deployment ended in %s, and names the section with the way out',
    async (status) => {
      deployed('dev-Tracking', { status, isProtected: true });
      await endsWith(
        3,
        new RegExp(`dev-Tracking is ${status}[\\s\\S]*"A first deployment that failed"`),
        '--yes',
      );
      expect(runbook).toContain('\n## A first deployment that failed\n');
    },
  );

  it('that would leave an edge behind which the configuration has no more', async () => {
    deployed('dev-Tracking', { parameters: { EdgeKeyHashes: '' } });
    deployed('dev-Edge', {});
    await endsWith(
      3,
      /dev-Edge is deployed[\s\S]*`aws cloudformation delete-stack --region us-east-1 --stack-name dev-Edge`, then deploy/,
      '--yes',
    );
  });

  it('that would replace the cluster, which it names', async () => {
    const { template } = readAssembly(assembly, 'dev').tracking;
    deployed('dev-Tracking', { template: template.replaceAll('"one_vault"', '"another_name"') });
    await endsWith(3, /^ {2}DatabaseCluster\w+ \(AWS::RDS::DBCluster\) will be replaced/m, '--yes');
  });
});

it(
  'says where to look when CloudFormation rolls back',
  async () => {
    aws.state.failing = true;
    const { exitCode, stderr } = await deploy('--yes');
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('Deploy dev/Tracking: dev-Tracking was not deployed'),
    ]);
  },
  PATIENCE,
);

it('refuses --at-once beside an assembly, which was synthesised one way or the other', async () => {
  const { exitCode, stderr } = await deploy('--at-once');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--at-once changes what is synthesised')]);
  expect(aws.calls).toEqual([]);
});

describe('with an edge', () => {
  const parameter = z.object({
    Parameters: z.object({ EdgeKeyHashes: z.object({ AllowedPattern: z.string() }) }),
  });
  const hash = (key = '') => createHash('sha256').update(key).digest('hex');
  const parameters = (name: string) => aws.state.stacks.get(name)?.parameters ?? {};

  it(
    'deploys the API before it, and gives it a new key without a moment of distrust',
    async () => {
      deployed('dev-Tracking', { parameters: { EdgeKeyHashes: hash('the first') } });
      deployed('dev-Edge', { parameters: { OriginKey: 'the first' } });
      const trusted: string[] = [];
      aws.state.onExecuted = (name) => {
        if (name === 'dev-Tracking') trusted.push(parameters(name).EdgeKeyHashes ?? '');
      };
      const flags = ['--env', 'dev', '--assembly', withEdge, '--yes', '--rotate-edge-key'];
      expect((await script('deploy.ts', flags, aws.environment)).exitCode).toBe(0);
      const { OriginKey: key, ApiDomain } = parameters('dev-Edge');
      expect(ApiDomain).toBe(new URL(stack.url).host);
      expect(trusted).toEqual([`${hash(key)},${hash('the first')}`, hash(key)]);
      expect(changesMade().filter((call) => call.startsWith('Execute'))).toEqual(
        ['Tracking', 'Edge', 'Tracking'].map((name) => `ExecuteChangeSet dev-${name}`),
      );
    },
    PATIENCE,
  );

  it('takes as many keys at a time as a rotation that follows one that stopped needs, and no more', () => {
    const { AllowedPattern } = parameter.parse(JSON.parse(readAssembly(withEdge, 'dev').tracking.template))
      .Parameters.EdgeKeyHashes;
    const pattern = new RegExp(`^(?:${AllowedPattern})$`);
    const keys = (count: number) => Array.from({ length: count }, (_, at) => hash(`${at}`)).join(',');
    expect([0, 1, 2, 3, 4].map((count) => pattern.test(keys(count)))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
