import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { acknowledge } from './acknowledge.ts';

/**
 * Holds every template that the app makes against cdk-nag's packs and the Control Tower rules of cfn-guard. A finding that nobody
 * has acknowledged fails the synthesis; the report is in the assembly. CloudFormation's own rules fail it by a setting in cdk.json.
 */
export function validate(app: App): void {
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app),
    new ServerlessChecks(app),
    new CfnGuardValidator(),
  );
  // cfn-guard reports the cluster twice, once without saying of which resource; the reason stands at the cluster.
  acknowledge(app, {
    'cdk-validator-cfnguard::rds_cluster_logging_enabled_check':
      'See lib/database/database.ts: a message of Postgres may quote what a visitor sent.',
  });
}
