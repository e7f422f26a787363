import type { Account } from './account.ts';
import { cdk } from './cdk.ts';
import { EXIT, StepFailure } from './failure.ts';

/** What the CDK puts into an account and region once, for all of its apps. */
const TOOLKIT = 'CDKToolkit';
const COMMAND = 'npx cdk bootstrap';

/**
 * Checks that a region holds what the CDK needs there, or puts it there.
 * @param make whether to do what is missing.
 * @throws StepFailure with the command that does it.
 */
export async function ensureBootstrapped(
  account: Account,
  region: string,
  needed: number,
  make: boolean,
): Promise<void> {
  const toolkit = await account.describe(TOOLKIT, region);
  const version = Number(toolkit?.outputs.BootstrapVersion ?? 0);
  if (version >= needed) {
    console.log(`${region}: bootstrap stack of version ${version}`);
    return;
  }
  if (!make) {
    const found = toolkit === undefined ? 'has no' : `has version ${version} of the`;
    throw new StepFailure(
      `${region} ${found} bootstrap stack of the CDK; version ${needed} or later is needed. Run \`${COMMAND}\`, or this command with --bootstrap.`,
      EXIT.refused,
    );
  }
  const { status } = await cdk(['bootstrap'], { show: true });
  if (status !== 0) throw new StepFailure('The bootstrap failed; its message is above.');
}
