import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Construct } from 'constructs';
import { acknowledge, managedPolicy } from '../acknowledge.ts';
import type { Api } from './api.ts';

export interface CanaryProps {
  readonly api: Api;
  /** Any of these going off takes the release back. */
  readonly alarms: IAlarm[];
}

/**
 * Brings a release of the functions that callers wait for to a tenth of the requests for a quarter of an hour, which its alarms
 * need to be sure, then to all. The pipeline
 * behind them needs none: what a broken consumer does not finish stays pending, and its messages come back.
 */
export class Canary extends Construct {
  constructor(scope: Construct, id: string, { api, alarms }: CanaryProps) {
    super(scope, id);
    for (const [name, { live }] of [
      ['Ingest', api.ingest],
      ['Analytics', api.analytics],
    ] as const) {
      const group = new LambdaDeploymentGroup(this, name, {
        alias: live,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_15MINUTES,
        alarms,
      });
      acknowledge(group, {
        [managedPolicy('AWSCodeDeployRoleForLambdaLimited')]:
          'What CodeDeploy needs to move an alias is for AWS to say, and the policy allows nothing else.',
      });
    }
  }
}
