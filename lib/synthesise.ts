import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import cdk from '../cdk.json' with { type: 'json' };
import type { EnvironmentConfig } from './config.ts';
import { configOf } from './environments.ts';
import { ConfigError } from './parse-config.ts';
import { TrackingStage } from './stage.ts';

export interface SynthesiseOptions {
  /** Bundles the functions too, which takes seconds and esbuild. Off unless asked. */
  readonly bundle?: boolean;
  /** Where the assembly goes; without it, a temporary folder that is removed again. */
  readonly outdir?: string;
  /** The environment's configuration, where it is not the one of that name. */
  readonly config?: EnvironmentConfig;
  /** Which of the environment's stacks. */
  readonly stack?: 'tracking' | 'edge';
}

/**
 * Writes the templates and bundles of several environments into one assembly. They share the code: it is bundled once for all.
 * @returns the template of each environment's main stack.
 * @throws ConfigError when there is no such environment or its configuration cannot work; then nothing is written.
 */
export function assemble(environments: readonly string[], outdir: string): ReadonlyMap<string, unknown> {
  const configs = environments.map((environment) => [environment, configOf(environment)] as const);
  rmSync(outdir, { recursive: true, force: true });
  const app = new App({ outdir, context: cdk.context });
  const stages = configs.map(([environment, config]) => new TrackingStage(app, environment, config));
  app.synth();
  return new Map(
    stages.map((stage) => [
      stage.stageName,
      stage.synth().getStackArtifact(stage.tracking.artifactId).template,
    ]),
  );
}

/**
 * The CloudFormation template of one environment, made in this process without network, account or CDK CLI.
 * @throws ConfigError when there is no such environment or its configuration cannot work.
 */
export function synthesise(environment: string, options: SynthesiseOptions = {}): unknown {
  const config = options.config ?? configOf(environment);
  const outdir = options.outdir ?? mkdtempSync(join(tmpdir(), 'onevault-synth-'));
  try {
    const app = new App({
      outdir,
      context: { ...cdk.context, ...(options.bundle === true ? {} : { [BUNDLING_STACKS]: [] }) },
    });
    const stage = new TrackingStage(app, environment, config);
    app.synth();
    const stack = options.stack === 'edge' ? stage.edge : stage.tracking;
    if (stack === null) throw new ConfigError(`The environment "${environment}" has no edge.`);
    return stage.synth().getStackArtifact(stack.artifactId).template;
  } finally {
    if (options.outdir === undefined) rmSync(outdir, { recursive: true, force: true });
  }
}
