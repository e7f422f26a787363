import { Duration } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { type EnvironmentConfig, TRIGGER_MARGIN_SECONDS } from '../config.ts';
import { TrackingFunction } from '../function.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';

export interface MigrationProps {
  readonly config: EnvironmentConfig;
  readonly network: Network;
  readonly database: Database;
  /** What must not be created or updated before the schema is ready for it. */
  readonly before: Construct[];
}

/** Runs `sql/` on every deployment that changed it, after the database is there and before anything that uses it. */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, { config, network, database, before }: MigrationProps) {
    super(scope, id);
    const handler = new TrackingFunction(this, 'Function', { name: 'migrate', config, network });
    database.grantMigrate(handler);
    new Trigger(this, 'Trigger', {
      handler,
      timeout: Duration.seconds(config.functions.migrate.timeoutSeconds + TRIGGER_MARGIN_SECONDS),
      executeAfter: [network, database],
      executeBefore: before,
    });
  }
}
