import { App } from 'aws-cdk-lib';
import cdk from '../cdk.json' with { type: 'json' };
import { environmentNames } from '../lib/config.ts';
import { configOf } from '../lib/environments.ts';
import { TrackingStage } from '../lib/stage.ts';

// The CLI passes the same context; this makes the file mean the same without it.
const app = new App({ context: cdk.context });
for (const name of environmentNames) new TrackingStage(app, name, configOf(name));
