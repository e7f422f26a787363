import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import cdk from '../cdk.json' with { type: 'json' };
import { deployableConfigOf, deployableNames } from '../lib/environments.ts';
import { ConfigError } from '../lib/parse-config.ts';
import { TrackingStage } from '../lib/stage.ts';
import { validate } from '../lib/validate.ts';

// The CLI passes the same context; this makes the file mean the same without it.
const app = new App({ context: cdk.context });
// `--context environment=<name>` makes one alone: its deployment need not wait for the validation of the others.
const chosen = z.string().optional().parse(app.node.tryGetContext('environment'));

try {
  for (const name of chosen === undefined ? deployableNames() : [chosen]) {
    new TrackingStage(app, name, deployableConfigOf(name));
  }
  validate(app);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  // At once: an app that only came to its end would be synthesised.
  process.exit(1);
}
