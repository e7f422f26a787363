import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOUDFRONT_REGION } from '../../lib/edge/cloudfront-region.ts';
import { configOf } from '../../lib/environments.ts';
import { Account } from './account.ts';
import { cdk, pinnedCli } from './cdk.ts';
import { askConsent } from './consent.ts';
import { EXIT, StepFailure, step } from './failure.ts';
import { documentedLeftovers, type Kept, keptBy } from './leftovers.ts';

export interface DestroySettings {
  readonly environment: string;
  /** Whether the configuration protects the environment's data. */
  readonly isProtected: boolean;
  readonly isAgreed: boolean;
}

interface Doomed {
  readonly path: string;
  readonly name: string;
  readonly kept: readonly Kept[];
}

/** Removes an environment, and says what stays. The edge goes first: it points at the API. */
export async function destroy({ environment, isProtected, isAgreed }: DestroySettings): Promise<void> {
  if (isProtected) throw new StepFailure(protection(environment), EXIT.refused);
  const account = await step('Check tools and credentials', async () => {
    console.log(`CDK CLI ${pinnedCli()}`);
    return Account.open();
  });
  try {
    const doomed = await step('Look at what is there', () => findDoomed(account, environment));
    if (doomed.length === 0) {
      console.log(`There is nothing of ${environment} in ${account.region}.`);
      return;
    }
    tellWhatGoes(doomed);
    if (!isAgreed) {
      await step('Consent', () => askConsent('This cannot be undone. Destroy it?', environment));
    }
    await destroyEach(environment, doomed);
    tellWhatStays(doomed);
  } finally {
    account.close();
  }
}

// Never deployed: they let an edge be named that the configuration may have lost.
const ANY_EDGE = { requestsPerFiveMinutes: 100 };
const ANY_DOMAIN = { name: 'edge.invalid', hostedZoneId: 'Z0000000', hostedZoneName: 'invalid' };

async function destroyEach(environment: string, doomed: readonly Doomed[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'onevault-destroy-'));
  try {
    await assembleNames(environment, directory);
    for (const { path } of doomed) {
      await step(`Destroy ${path}`, async () => {
        const { status } = await cdk(['destroy', path, '--app', directory, '--exclusively', '--force'], {
          show: true,
        });
        if (status === 0) return;
        throw new StepFailure(
          'Not everything was deleted; the reason is above. Correct it and run this again.',
        );
      });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The CDK CLI finds a stack by an assembly. Its names are all that counts, so nothing is bundled, and there always is an edge. */
async function assembleNames(environment: string, outdir: string): Promise<void> {
  // Loading the CDK takes a second, which what was refused need not wait for.
  const { synthesise } = await import('../../lib/synthesise.ts');
  const config = configOf(environment);
  const { edge, domain } = config;
  synthesise(environment, {
    outdir,
    config: { ...config, edge: edge ?? ANY_EDGE, domain: domain ?? ANY_DOMAIN },
  });
}

const protection = (environment: string): string =>
  `${environment} is protected: its events would be gone. Set database.protected to false in environments/${environment}.json ` +
  `({"extends": "${environment}", "database": {"protected": false}}), deploy that, which lifts the protection in AWS, and run this again.`;

async function findDoomed(account: Account, environment: string): Promise<Doomed[]> {
  const stacks = [
    { stack: 'Edge', region: CLOUDFRONT_REGION },
    { stack: 'Tracking', region: account.region },
  ];
  const doomed: Doomed[] = [];
  for (const { stack, region } of stacks) {
    const name = `${environment}-${stack}`;
    const deployed = await account.describe(name, region);
    if (deployed === undefined) continue;
    // The sources may say otherwise by now; what counts is what was deployed.
    if (deployed.isProtected) throw new StepFailure(protection(environment), EXIT.refused);
    doomed.push({
      path: `${environment}/${stack}`,
      name,
      kept: keptBy(await account.template(name, region)),
    });
  }
  return doomed;
}

function tellWhatGoes(doomed: readonly Doomed[]): void {
  console.log(
    `\nThis destroys ${doomed.map(({ name }) => name).join(' and ')}, with every event stored there.`,
  );
  console.log('It leaves behind:');
  for (const line of leftovers(doomed)) console.log(`  ${line}`);
}

function tellWhatStays(doomed: readonly Doomed[]): void {
  console.log(`\nDestroyed: ${doomed.map(({ name }) => name).join(', ')}. What is left:`);
  for (const line of leftovers(doomed)) console.log(`  ${line}`);
  console.log('docs/operations/deploy.md, "What destroy leaves", says how to remove each.');
}

const leftovers = (doomed: readonly Doomed[]): readonly string[] => [
  ...doomed.flatMap(({ kept }) =>
    kept.map(({ logicalId, type, policy }) =>
      policy === 'Snapshot' ? `a last snapshot of ${logicalId} (${type})` : `${logicalId} (${type})`,
    ),
  ),
  ...documentedLeftovers,
];
