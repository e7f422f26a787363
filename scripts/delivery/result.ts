import type { Account } from './account.ts';
import type { SynthesisedStack } from './assembly.ts';
import { StepFailure } from './failure.ts';

/** Says where what was deployed is. Nothing that fails here makes the deployment a failed one. */
export async function tellResult(
  account: Pick<Account, 'resources'>,
  { name }: Pick<SynthesisedStack, 'name'>,
  url: string,
): Promise<void> {
  console.log(`\nDeployed: ${url}`);
  console.log(`Reference of its calls: ${url}/docs`);
  try {
    const dashboards = await account.resources(name, 'AWS::CloudWatch::Dashboard');
    if (dashboards.length > 0) console.log(`CloudWatch dashboards: ${dashboards.join(', ')}`);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.warn(`It was deployed; its dashboards cannot be named. ${error.message}`);
  }
  console.log(
    'Next: make a tenant and its tokens (docs/operations/database-access.md), and read docs/runbook.md once.',
  );
}
