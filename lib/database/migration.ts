import { Duration } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { TRIGGER_MARGIN_SECONDS } from '../config.ts';
import { type Surroundings, TrackingFunction } from '../function.ts';
import type { Database } from './database.ts';

export interface MigrationProps extends Surroundings {
  readonly database: Database;
  /** What must not be created or updated before the schema is ready for it. */
  readonly before: Construct[];
}

/** Runs `sql/` on every deployment that changed it, after the database is there and before anything that uses it. */
export class Migration extends Construct {
  readonly handler: TrackingFunction;

  constructor(scope: Construct, id: string, { database, before, ...surroundings }: MigrationProps) {
    super(scope, id);
    const { config, network } = surroundings;
    this.handler = new TrackingFunction(this, 'Function', { name: 'migrate', ...surroundings });
    database.grantMigrate(this.handler);
    new Trigger(this, 'Trigger', {
      handler: this.handler,
      timeout: Duration.seconds(config.functions.migrate.timeoutSeconds + TRIGGER_MARGIN_SECONDS),
      executeAfter: [network, database],
      executeBefore: before,
    });
  }
}
