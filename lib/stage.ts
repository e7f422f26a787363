import { CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api/api.ts';
import type { EnvironmentConfig } from './config.ts';
import { Database } from './database/database.ts';
import { Migration } from './database/migration.ts';
import { Network } from './database/network.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { Maintenance } from './schedule/maintenance.ts';

/**
 * One environment of the product. It names no account and no region, so it is deployed where the caller's credentials
 * point, and synthesised without any.
 */
export class TrackingStage extends Stage {
  readonly stack: Stack;

  constructor(scope: Construct, id: string, config: EnvironmentConfig) {
    super(scope, id);
    this.stack = new Stack(this, 'Tracking', { terminationProtection: config.database.protected });
    const network = new Network(this.stack, 'Network');
    const database = new Database(this.stack, 'Database', { config: config.database, network });
    const pipeline = new Pipeline(this.stack, 'Pipeline', { config, network, database });
    const api = new Api(this.stack, 'Api', { config, network, database, pipeline });
    const maintenance = new Maintenance(this.stack, 'Maintenance', { config, network, database, pipeline });
    new Migration(this.stack, 'Migration', {
      config,
      network,
      database,
      before: [pipeline, api, maintenance],
    });
    new CfnOutput(this.stack, 'ApiUrl', { value: api.url });
  }
}
