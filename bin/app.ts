import { App } from 'aws-cdk-lib';
import cdk from '../cdk.json' with { type: 'json' };
import { configOf, deployableNames } from '../lib/environments.ts';
import { TrackingStage } from '../lib/stage.ts';
import { validate } from '../lib/validate.ts';

// The CLI passes the same context; this makes the file mean the same without it.
const app = new App({ context: cdk.context });
// `--context environment=<name>` makes one alone: its deployment need not wait for the validation of the others.
const chosen: unknown = app.node.tryGetContext('environment');
for (const name of deployableNames.filter((each) => chosen === undefined || each === chosen)) {
  new TrackingStage(app, name, configOf(name));
}
validate(app);
