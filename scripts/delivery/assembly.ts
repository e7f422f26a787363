import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { AT_ONCE, RELEASE } from '../../lib/api/release-context.ts';
import { cdk, repository } from './cdk.ts';
import { StepFailure } from './failure.ts';

/** A stack of one environment as it was synthesised. */
export interface SynthesisedStack {
  /** As the CDK CLI selects it, like `dev/Tracking`. */
  readonly path: string;
  /** As CloudFormation knows it, like `dev-Tracking`. */
  readonly name: string;
  /** Undefined where the caller's own region counts. */
  readonly region: string | undefined;
  readonly bootstrapVersion: number;
  readonly template: string;
}

export interface Assembly {
  readonly directory: string;
  /** In the order in which they are deployed: the main stack comes first, because the edge is told its address. */
  readonly tracking: SynthesisedStack;
  readonly edge: SynthesisedStack | undefined;
}

const stackArtifact = z.object({
  type: z.literal('aws:cloudformation:stack'),
  environment: z.string(),
  displayName: z.string(),
  properties: z.object({
    templateFile: z.string(),
    stackName: z.string(),
    requiresBootstrapStackVersion: z.number(),
  }),
});
const manifest = z.object({ artifacts: z.record(z.string(), z.unknown()) });

/**
 * Synthesises one environment: bundles, templates and their validation. What is reviewed and what is deployed afterwards is this
 * one folder.
 * @param atOnce whether the release reaches every caller at once, where the configuration wants a canary.
 * @throws StepFailure when the app or a validation fails.
 */
export async function synthesiseAssembly(environment: string, atOnce: boolean): Promise<Assembly> {
  const directory = join(repository, 'cdk.out', `deploy-${environment}`);
  rmSync(directory, { recursive: true, force: true });
  const { status, output } = await cdk(synthesisOf(environment, atOnce, directory), { show: false });
  if (status !== 0) {
    throw new StepFailure(`The templates cannot be made, or break a rule:\n${output}\nCorrect that first.`);
  }
  return readAssembly(directory, environment);
}

/** What the CDK CLI is told to synthesise. */
export const synthesisOf = (environment: string, atOnce: boolean, directory: string): readonly string[] => [
  ...['synth', `${environment}/*`, '--context', `environment=${environment}`],
  ...(atOnce ? ['--context', `${RELEASE}=${AT_ONCE}`] : []),
  ...['--quiet', '--output', directory],
];

/** @throws StepFailure when the folder does not hold the environment. */
export function readAssembly(directory: string, environment: string): Assembly {
  const stacks = globSync('assembly-*/manifest.json', { cwd: directory }).flatMap((file) =>
    stacksOf(join(directory, file)),
  );
  const named = (name: string) => stacks.find(({ path }) => path === `${environment}/${name}`);
  const tracking = named('Tracking');
  if (tracking === undefined) throw new StepFailure(`${directory} does not hold ${environment}/Tracking.`);
  return { directory, tracking, edge: named('Edge') };
}

function stacksOf(file: string): SynthesisedStack[] {
  const { artifacts } = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.values(artifacts).flatMap((artifact) => {
    const parsed = stackArtifact.safeParse(artifact);
    if (!parsed.success) return [];
    const { environment, displayName, properties } = parsed.data;
    const region = environment.split('/').at(-1);
    return {
      path: displayName,
      name: properties.stackName,
      region: region === 'unknown-region' ? undefined : region,
      bootstrapVersion: properties.requiresBootstrapStackVersion,
      template: readFileSync(join(dirname(file), properties.templateFile), 'utf8'),
    };
  });
}
