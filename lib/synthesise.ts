import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import cdk from '../cdk.json' with { type: 'json' };
import { configOf, environmentNamed } from './environments.ts';
import { TrackingStage } from './stage.ts';

export interface SynthesiseOptions {
  /** Bundles the functions too, which takes seconds and esbuild. Off unless asked. */
  readonly bundle?: boolean;
  /** Where the assembly goes; without it, a temporary folder that is removed again. */
  readonly outdir?: string;
}

/**
 * The CloudFormation template of one environment, made in this process without network, account or CDK CLI.
 * @throws ConfigError when there is no such environment or its configuration cannot work.
 */
export function synthesise(environment: string, options: SynthesiseOptions = {}): unknown {
  const name = environmentNamed(environment);
  const outdir = options.outdir ?? mkdtempSync(join(tmpdir(), 'onevault-synth-'));
  try {
    const app = new App({
      outdir,
      context: { ...cdk.context, ...(options.bundle === true ? {} : { [BUNDLING_STACKS]: [] }) },
    });
    const stage = new TrackingStage(app, name, configOf(name));
    app.synth();
    return stage.synth().getStackArtifact(stage.stack.artifactId).template;
  } finally {
    if (options.outdir === undefined) rmSync(outdir, { recursive: true, force: true });
  }
}
