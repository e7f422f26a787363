import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { CLOUDFRONT_REGION } from '../../lib/edge/cloudfront-region.ts';
import { EDGE_KEY_HASHES } from '../../lib/edge/parameters.ts';
import type { Account, DeployedStack } from './account.ts';
import type { SynthesisedStack } from './assembly.ts';
import { cdk } from './cdk.ts';
import { EXIT, StepFailure } from './failure.ts';

// The gateway's own address ends in a slash, and paths are put behind it.
const output = z.string().transform((value) => value.replace(/\/+$/, ''));
const outputsFile = z.record(z.string(), z.record(z.string(), output));

/** @throws StepFailure when the stack is in a state that no deployment can start from. */
export function refuseBusyStack({ name }: SynthesisedStack, deployed: DeployedStack | undefined): void {
  const status = deployed?.status ?? '';
  if (status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS') {
    throw new StepFailure(
      `${name} is ${status}: another change is under way. Wait until it has ended.`,
      EXIT.refused,
    );
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    throw new StepFailure(
      `${name} is ${status}. Correct what its events name, run \`npx cdk rollback ${name}\`, then this again.`,
      EXIT.refused,
    );
  }
  // Without protection the CDK CLI removes what a failed first deployment has left.
  if (
    status === 'DELETE_FAILED' ||
    (/^ROLLBACK_(COMPLETE|FAILED)$/.test(status) && deployed?.isProtected === true)
  ) {
    throw new StepFailure(
      `${name} is ${status}, which no deployment can go on from. docs/runbook.md, "A first deployment that failed", has the commands that remove it.`,
      EXIT.refused,
    );
  }
}

/**
 * A deployed edge that the configuration has no more would go on sending to an API that has forgotten its key, and keep the name
 * that the API is to take.
 * @throws StepFailure with the command that removes it.
 */
export async function refuseAbandonedEdge(
  account: Account,
  environment: string,
  tracking: DeployedStack | undefined,
): Promise<void> {
  // Where there never was an edge, credentials may well not be allowed to look into its region.
  if (tracking === undefined || !Object.hasOwn(tracking.parameters, EDGE_KEY_HASHES)) return;
  const name = `${environment}-Edge`;
  if ((await account.describe(name, CLOUDFRONT_REGION)) === undefined) return;
  throw new StepFailure(
    `${name} is deployed, and the configuration has no edge any more. Remove it first, with \`aws cloudformation delete-stack --region ${CLOUDFRONT_REGION} --stack-name ${name}\`, then deploy. ` +
      'docs/operations/environments.md, "In front", says what callers see meanwhile.',
    EXIT.refused,
  );
}

/**
 * Deploys one stack from the assembly that was reviewed.
 * @returns the stack's outputs.
 * @throws StepFailure when CloudFormation refused or rolled back; the CLI has printed why.
 */
export async function deployStack(
  directory: string,
  { path, name }: SynthesisedStack,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-outputs-'));
  const file = join(folder, 'outputs.json');
  try {
    const { status } = await cdk(
      [
        ...['deploy', path, '--app', directory, '--exclusively', '--outputs-file', file],
        // The changes were shown and agreed to before this.
        ...['--require-approval', 'never', '--progress', 'events'],
        ...Object.entries(parameters).flatMap(([key, value]) => ['--parameters', `${name}:${key}=${value}`]),
      ],
      { show: true },
    );
    if (status !== 0) {
      throw new StepFailure(
        `${name} was not deployed; the reason is above. CloudFormation went back to what was there before. Correct it and deploy again.`,
      );
    }
    return outputsFile.parse(JSON.parse(readFileSync(file, 'utf8')))[name] ?? {};
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
