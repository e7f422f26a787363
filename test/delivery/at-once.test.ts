import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { expect, it } from 'vitest';
import { configOf } from '../../lib/environments.ts';
import { TrackingStage } from '../../lib/stage.ts';
import { readAssembly, synthesisOf } from '../../scripts/delivery/assembly.ts';

/** The context that the CDK CLI hands to the app. */
const contextOf = (atOnce: boolean) =>
  Object.fromEntries(
    synthesisOf('prod', atOnce, 'folder').flatMap((flag, index, flags) =>
      flags[index - 1] === '--context' ? [flag.split('=')] : [],
    ),
  );

function canariesOf(context: Record<string, string>): number {
  const outdir = mkdtempSync(join(tmpdir(), 'onevault-release-'));
  try {
    const app = new App({ outdir, context: { ...context, [BUNDLING_STACKS]: [] } });
    new TrackingStage(app, 'prod', configOf('prod'));
    app.synth();
    return readAssembly(outdir, 'prod').tracking.template.split('"UpdatePolicy"').length - 1;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

it('deploys at once what ends the alarms at which a canary stops: no alias of prod waits then', () => {
  expect(contextOf(false)).toEqual({ environment: 'prod' });
  expect(canariesOf(contextOf(true))).toBe(0);
}, 120_000);
