import { resolve } from 'node:path';
import { API_DOMAIN, EDGE_KEY_HASHES, ORIGIN_KEY } from '../../lib/edge/parameters.ts';
import { Account, type DeployedStack } from './account.ts';
import { type Assembly, readAssembly, type SynthesisedStack, synthesiseAssembly } from './assembly.ts';
import { ensureBootstrapped } from './bootstrap.ts';
import { pinnedCli } from './cdk.ts';
import { type Destruction, refuseDestruction, showChanges } from './changes.ts';
import { askConsent } from './consent.ts';
import { deployStack, refuseAbandonedEdge, refuseBusyStack } from './deployment.ts';
import { type EdgeKeyPlan, planEdgeKey } from './edge-key.ts';
import { EXIT, StepFailure, step } from './failure.ts';
import { tellResult } from './result.ts';
import { smokeTest, smokeTester } from './smoke.ts';

export interface DeploySettings {
  readonly environment: string;
  readonly isAgreed: boolean;
  readonly bootstrap: boolean;
  /** Logical ids of stateful resources that may be replaced or removed. */
  readonly accepted: readonly string[];
  readonly rotateEdgeKey: boolean;
  /** Without the canary of the configuration, which cannot begin while its alarms ring. */
  readonly atOnce: boolean;
  /** A folder that was synthesised before; undefined synthesises one now. */
  readonly assembly: string | undefined;
  /** Ends before the first call to AWS. */
  readonly dryRun: boolean;
}

interface Known {
  readonly stack: SynthesisedStack;
  readonly deployed: DeployedStack | undefined;
}

/** Everything from the sources to an installation that answers, each step only when those before it were right. */
export async function deploy(settings: DeploySettings): Promise<void> {
  const { environment, atOnce, assembly: given, dryRun } = settings;
  if (atOnce && given !== undefined) {
    throw new StepFailure(
      '--at-once changes what is synthesised, and --assembly has it already: name one.',
      EXIT.misused,
    );
  }
  const tester = smokeTester(process.env);
  const account = await step('Check tools and credentials', async () => {
    console.log(`CDK CLI ${pinnedCli()}, Node ${process.versions.node}`);
    if (dryRun) return undefined;
    const opened = await Account.open();
    console.log(`Credentials found, region ${opened.region}`);
    return opened;
  });
  const assembly =
    given === undefined
      ? await step('Synthesise and validate', () => synthesiseAssembly(environment, atOnce))
      : await step('Read the assembly', async () => readAssembly(resolve(given), environment));
  if (account === undefined) {
    console.log(`${assembly.directory} holds what would be compared, shown, agreed to and deployed.`);
    return;
  }
  try {
    await deployTo(account, assembly, settings, async (url) => {
      await step('Smoke test', () => smokeTest(url, tester));
    });
  } finally {
    account.close();
  }
}

async function deployTo(
  account: Account,
  assembly: Assembly,
  { environment, isAgreed, bootstrap, accepted, rotateEdgeKey }: DeploySettings,
  check: (url: string) => Promise<void>,
): Promise<void> {
  const { directory } = assembly;
  const stacks = [assembly.tracking, assembly.edge].filter((stack) => stack !== undefined);
  const known = await step('Check the account', async () => {
    const found: Known[] = [];
    for (const stack of stacks) {
      await ensureBootstrapped(account, stack.region ?? account.region, stack.bootstrapVersion, bootstrap);
      const deployed = await account.describe(stack.name, stack.region);
      refuseBusyStack(stack, deployed);
      found.push({ stack, deployed });
    }
    if (assembly.edge === undefined) await refuseAbandonedEdge(account, environment, found[0]?.deployed);
    return found;
  });
  await step('Compare with what is deployed', async () => {
    const destructions: Destruction[] = [];
    for (const { stack } of known) {
      const deployed = await account.template(stack.name, stack.region);
      destructions.push(...(await showChanges(directory, stack, deployed)));
    }
    refuseDestruction(destructions, accepted);
  });
  const [tracking, edge] = known;
  const plan = await step('Plan the key of the edge', async () =>
    planEdgeKey(tracking?.deployed, isThere(edge?.deployed), rotateEdgeKey),
  );
  if (!isAgreed) {
    await step('Consent', () => askConsent('Deploy these changes?', environment));
  }
  const outputs = await deployMain(assembly, edge === undefined ? {} : hashes(plan.before));
  const url = outputs.ApiUrl ?? '';
  const publicUrl = edge === undefined ? url : await deployEdge(assembly, edge.stack, url, plan);
  await check(url);
  if (publicUrl !== url) await check(publicUrl);
  await tellResult(account, assembly.tracking, publicUrl);
}

/** A first deployment that failed leaves a stack without anything in it. */
const isThere = (stack: DeployedStack | undefined): boolean =>
  stack !== undefined && !/^(REVIEW|ROLLBACK|DELETE)_/.test(stack.status);

const hashes = (value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { [EDGE_KEY_HASHES]: value };

function deployMain({ directory, tracking }: Assembly, parameters: Record<string, string>) {
  return step(`Deploy ${tracking.path}`, () => deployStack(directory, tracking, parameters));
}

/** @returns the public address. */
async function deployEdge(
  assembly: Assembly,
  stack: SynthesisedStack,
  apiUrl: string,
  { key, after }: EdgeKeyPlan,
): Promise<string> {
  const outputs = await step(`Deploy ${stack.path}`, () =>
    deployStack(assembly.directory, stack, {
      [API_DOMAIN]: new URL(apiUrl).host,
      ...(key !== undefined && { [ORIGIN_KEY]: key }),
    }),
  );
  if (after !== undefined) await deployMain(assembly, hashes(after));
  return outputs.EdgeUrl ?? apiUrl;
}
