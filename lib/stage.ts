import { CfnOutput, Stack, Stage, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api/api.ts';
import { Canary } from './api/canary.ts';
import { AT_ONCE, RELEASE } from './api/release-context.ts';
import { Budget } from './budget.ts';
import type { EnvironmentConfig } from './config.ts';
import { acknowledgeHelpers } from './custom-resources.ts';
import { Database } from './database/database.ts';
import { Migration } from './database/migration.ts';
import { Network } from './database/network.ts';
import { OperatorAccess } from './database/operator-access.ts';
import { EdgeKey } from './edge/edge-key.ts';
import { EdgeStack } from './edge/edge-stack.ts';
import { Encryption } from './encryption.ts';
import { Observability } from './observability/observability.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { Maintenance } from './schedule/maintenance.ts';

/**
 * One environment of the product. It names no account and no region, so it is deployed where the caller's credentials
 * point, and synthesised without any.
 */
export class TrackingStage extends Stage {
  readonly tracking: Stack;
  /** What stands in front of the API at CloudFront's locations; null where the configuration wants none. */
  readonly edge: EdgeStack | null;

  constructor(scope: Construct, id: string, config: EnvironmentConfig) {
    super(scope, id);
    this.tracking = new Stack(this, 'Tracking', { terminationProtection: config.database.protected });
    this.compose(this.tracking, config, id);
    this.edge = config.edge === null ? null : new EdgeStack(this, 'Edge', { config });
    this.tag('app', 'onevault-site-tracking')
      .tag('environment', id)
      .tag('owner', config.owner)
      .tag('cost-center', config.costCenter);
  }

  private compose(stack: Stack, config: EnvironmentConfig, environment: string): void {
    const encryption = new Encryption(stack, 'Encryption', config);
    const network = new Network(stack, 'Network', { config, encryption });
    const database = new Database(stack, 'Database', { config: config.database, network });
    const surroundings = { config, network, encryption, environment };
    const pipeline = new Pipeline(stack, 'Pipeline', { ...surroundings, database });
    const edgeKey = config.edge === null ? null : new EdgeKey(stack, 'EdgeKey');
    const api = new Api(stack, 'Api', {
      ...surroundings,
      database,
      pipeline,
      ...(edgeKey !== null && { edgeKeyHashes: edgeKey.hashes }),
    });
    const maintenance = new Maintenance(stack, 'Maintenance', { ...surroundings, database, pipeline });
    if (config.operatorAccess) new OperatorAccess(stack, 'OperatorAccess', { network, database });
    const before = [pipeline, api, maintenance];
    const migration = new Migration(stack, 'Migration', { ...surroundings, database, before });
    const { releaseAlarms } = new Observability(stack, 'Observability', {
      config,
      encryption,
      environment,
      api,
      pipeline,
      database,
      maintenance,
      migration,
    });
    const isAtOnce = stack.node.tryGetContext(RELEASE) === AT_ONCE;
    if (config.deployment === 'canary' && !isAtOnce)
      new Canary(stack, 'Canary', { api, alarms: releaseAlarms });
    new Budget(stack, 'Budget', { config, environment });
    acknowledgeHelpers(stack);
    new CfnOutput(stack, 'ApiUrl', { value: api.url });
  }

  private tag(key: string, value: string): this {
    Tags.of(this).add(key, value);
    return this;
  }
}
