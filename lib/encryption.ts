import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * The account's own key for what is written beside the database: log groups and alarm topics. The services that write there may
 * use it, each for this purpose only.
 */
export class Encryption extends Construct {
  /** Undefined where AWS's own keys are enough. */
  readonly key: Key | undefined;

  constructor(
    scope: Construct,
    id: string,
    { customerManagedKey }: { readonly customerManagedKey: boolean },
  ) {
    super(scope, id);
    if (!customerManagedKey) return;
    this.key = new Key(this, 'Key', {
      description: 'Logs and alarm topics of OneVault Site Tracking',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Nobody may pass the use of the key on; services of AWS do so to work for us.
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    );
    const logs = new ServicePrincipal(`logs.${Stack.of(this).region}.amazonaws.com`).withConditions({
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: '*',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      },
    });
    this.key.grantEncryptDecrypt(logs);
    this.key.grant(logs, 'kms:DescribeKey');
    // Without a condition, as AWS writes it: an alarm that cannot ring is worse, and the topics take nothing from elsewhere.
    this.key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
  }
}
