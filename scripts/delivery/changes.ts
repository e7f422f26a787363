import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SynthesisedStack } from './assembly.ts';
import { cdk } from './cdk.ts';
import { EXIT, StepFailure } from './failure.ts';

/** What must not be made anew by accident, and what a new one would lack. */
export const stateful: Readonly<Record<string, string>> = {
  'AWS::RDS::DBCluster': 'every event ever stored',
  'AWS::RDS::DBSubnetGroup': 'the cluster, which moves with it',
  'AWS::EC2::VPC': 'the network that the cluster is in',
  'AWS::EC2::Subnet': 'the network that the cluster is in',
  'AWS::KMS::Key': 'the only way to read what it encrypted',
  'AWS::SQS::Queue': 'the dead letters that nobody has looked at',
  'AWS::S3::Bucket': 'the files in it',
  'AWS::ApiGatewayV2::Api': 'the address that every page and server sends to',
  'AWS::CloudFront::Distribution': 'the address that every page and server sends to',
};

/** A resource that a deployment would remove, abandon or make anew. */
export interface Destruction {
  readonly type: string;
  readonly logicalId: string;
  readonly fate: string;
}

const LINE = /^ {2}\S+ \(\S+\): (AWS::\S+|Custom::\S+) .*?(\S+) ((?:will|may) be [a-z]+)\s*$/gm;
const COUNT = /Found (\d+) destructive change/;

/**
 * Reads what the CDK CLI calls destructive in the output of `diff --fail-on destructive`.
 * @throws StepFailure when it counts more than can be read: a guard that misses one is none.
 */
export function readDestructions(output: string): Destruction[] {
  const found = [...output.matchAll(LINE)].map(([, type = '', logicalId = '', fate = '']) => ({
    type,
    logicalId,
    fate,
  }));
  const counted = Number(COUNT.exec(output)?.[1] ?? 0);
  if (found.length === counted) return found;
  throw new StepFailure(
    `The CDK CLI counts ${counted} destructive changes and ${found.length} can be read. Compare its version with package.json.`,
  );
}

/** @throws StepFailure that names each stateful resource in danger which nobody has accepted. */
export function refuseDestruction(destructions: readonly Destruction[], accepted: readonly string[]): void {
  const refused = destructions.filter(
    ({ type, logicalId }) => Object.hasOwn(stateful, type) && !accepted.includes(logicalId),
  );
  if (refused.length === 0) return;
  const each = refused.map(
    ({ type, logicalId, fate }) => `  ${logicalId} (${type}) ${fate}: with it goes ${stateful[type]}`,
  );
  throw new StepFailure(
    `This deployment would destroy what holds state.\n${each.join('\n')}\nUndo the change that causes it, or accept each one with --accept-replacement LOGICAL_ID.`,
    EXIT.refused,
  );
}

/**
 * Shows what a deployment would change, and what of it is destructive.
 * @param deployed the template that is there now.
 */
export async function showChanges(
  directory: string,
  { path }: SynthesisedStack,
  deployed: string,
): Promise<Destruction[]> {
  const folder = mkdtempSync(join(tmpdir(), 'onevault-diff-'));
  try {
    const file = join(folder, 'deployed.json');
    writeFileSync(file, deployed);
    const { status, output } = await cdk(
      ['diff', path, '--app', directory, '--exclusively', '--template', file, '--fail-on', 'destructive'],
      { show: true },
    );
    const destructions = readDestructions(output);
    if (status !== 0 && destructions.length === 0)
      throw new StepFailure('The comparison failed; its message is above.');
    return destructions;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
