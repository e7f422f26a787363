import { Aws } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { EnvironmentConfig, Severity } from '../config.ts';

const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
/** The alarms of this account and no other's ring here. */
const sameAccount = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };

export interface TopicsProps {
  readonly config: EnvironmentConfig['alarms'];
  /** The customer's key; without it SNS keeps messages for the moments of their delivery as it keeps all. */
  readonly encryptionKey?: IKey | undefined;
}

/** A topic for each severity that the environment asks for, with its readers. */
export class Topics extends Construct {
  readonly bySeverity: ReadonlyMap<Severity, ITopic>;

  constructor(scope: Construct, id: string, { config, encryptionKey }: TopicsProps) {
    super(scope, id);
    this.bySeverity = new Map(
      config.active.map((severity) => {
        const name = `${severity.charAt(0).toUpperCase()}${severity.slice(1)}`;
        const topic = new Topic(this, name, {
          enforceSSL: true,
          ...(encryptionKey === undefined ? {} : { masterKey: encryptionKey }),
        });
        // A topic with a policy of its own has lost the one by which the account's alarms may publish.
        topic.addToResourcePolicy(
          new PolicyStatement({
            effect: Effect.ALLOW,
            principals: [cloudWatch],
            actions: ['sns:Publish'],
            resources: [topic.topicArn],
            conditions: sameAccount,
          }),
        );
        for (const reader of config.notify[severity]) {
          topic.addSubscription(new EmailSubscription(reader));
        }
        return [severity, topic] as const;
      }),
    );
  }
}
