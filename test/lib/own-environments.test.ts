import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { describe, expect, it } from 'vitest';
import cdk from '../../cdk.json' with { type: 'json' };
import { configOf } from '../../lib/environments.ts';
import { environmentsFolder, ownEnvironmentNames } from '../../lib/own-environments.ts';
import { TrackingStage } from '../../lib/stage.ts';
import { validate } from '../../lib/validate.ts';
import { environmentSamples } from '../../scripts/cost/document.ts';
import { apiAndData } from './checklist/api-and-data.ts';
import { delivery } from './checklist/delivery.ts';
import type { Deployed } from './checklist/deployed.ts';
import { pipeline } from './checklist/pipeline.ts';
import { security } from './checklist/security.ts';
import { resourcesOf } from './template.ts';

const statements = [...security, ...pipeline, ...apiAndData, ...delivery];

/** Those of this clone, if it has any, and the samples that they may begin with. */
const own = [environmentsFolder, environmentSamples].flatMap((folder) =>
  ownEnvironmentNames(folder).map((name) => ({ name, folder })),
);

/** Those of this clone under every rule, where a finding that nobody acknowledged throws; other tests do that with the samples. */
function deploy(name: string, folder: string): Deployed {
  const config = configOf(name, folder);
  // What the checklist says of ours by name is not said of one that changes it.
  const environment = `own${name}`;
  const outdir = mkdtempSync(join(tmpdir(), 'onevault-own-'));
  const { exitCode } = process;
  try {
    const app = new App({ outdir, context: { ...cdk.context, [BUNDLING_STACKS]: [] } });
    const stage = new TrackingStage(app, environment, config);
    if (folder === environmentsFolder) validate(app);
    app.synth();
    const resources = ({ artifactId }: { readonly artifactId: string }) =>
      resourcesOf(stage.synth().getStackArtifact(artifactId).template);
    const edge = stage.edge === null ? null : resources(stage.edge);
    return { environment, config, resources: resources(stage.tracking), edge };
  } finally {
    process.exitCode = exitCode;
    rmSync(outdir, { recursive: true, force: true });
  }
}

describe('an environment of one’s own', () => {
  it.each(own)(
    '$name breaks no rule, and no statement of the checklist',
    ({ name, folder }) => {
      const deployed = deploy(name, folder);
      const broken = statements.flatMap(({ number, says, check }) =>
        check(deployed).map((fault) => `${number} ${says}: ${fault}`),
      );
      expect(broken).toEqual([]);
    },
    300_000,
  );
});
