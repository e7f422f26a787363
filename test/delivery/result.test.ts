import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Account } from '../../scripts/delivery/account.ts';
import { tellResult } from '../../scripts/delivery/result.ts';
import { AwsServer } from './aws-server.ts';

let aws: AwsServer;
let account: Account;
beforeEach(async () => {
  aws = new AwsServer();
  await aws.start();
  for (const [name, value] of Object.entries(aws.environment)) vi.stubEnv(name, value);
  account = await Account.open();
  aws.state.stacks.set('dev-Tracking', {
    id: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/dev-Tracking/1',
    status: 'CREATE_COMPLETE',
    template: JSON.stringify({ Resources: { Operations: { Type: 'AWS::CloudWatch::Dashboard' } } }),
    outputs: {},
    parameters: {},
    isProtected: false,
  });
});
afterEach(async () => {
  account.close();
  await aws.stop();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function told() {
  const out = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const warnings = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await tellResult(account, { name: 'dev-Tracking' }, 'https://track.example.com');
  return { out: out.mock.calls.flat().join('\n'), warnings: warnings.mock.calls.flat() };
}

it('names the dashboards of what was deployed', async () => {
  const { out, warnings } = await told();
  expect(out).toContain('CloudWatch dashboards: Operations');
  expect(warnings).toEqual([]);
});

it('warns, and leaves the deployment a successful one, where it may not list them', async () => {
  aws.state.denied = ['ListStackResources'];
  const { out, warnings } = await told();
  expect(out).toMatch(/Deployed: https:[\s\S]*Next: make a tenant/);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^It was deployed; its dashboards cannot be named\. .*AccessDenied.*ListStackResources/,
    ),
  ]);
});
