import { Arn, ArnFormat, CfnElement, DefaultStackSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { pageFiles } from '../../lambdas/description/reference-page.ts';
import { acknowledge, managedPolicy } from '../acknowledge.ts';
import { BoundedLogGroup, type LogGroupProps } from '../log-group.ts';
import { CLOUDFRONT_REGION } from './cloudfront-region.ts';

/** The paths that the bucket answers. The API answers the same where there is no edge. */
export const staticPaths = ['/docs/*'] as const;

const PUBLIC_COPY = 'It holds copies of files that everybody may read and that each deployment brings anew.';
const rulesForKeptData = [
  'AwsSolutions::AwsSolutions-S1',
  'cdk-validator-cfnguard::s3_bucket_default_encryption_kms_check',
  'cdk-validator-cfnguard::s3_bucket_versioning_enabled_check',
  'cdk-validator-cfnguard::s3_bucket_logging_enabled_check',
  'cdk-validator-cfnguard::s3_bucket_object_lock_enabled_check',
  'cdk-validator-cfnguard::s3_event_notifications_enabled_check',
  'cdk-validator-cfnguard::s3_lifecycle_policy_check',
];
const OWN_BUCKETS =
  'The helper of the CDK reads the assets of the bootstrap bucket and writes this bucket, whatever the files are called.';

/** As the checker writes it: expressions of the template between angle brackets. */
const BOOTSTRAP_ASSETS = Arn.format({
  partition: 'aws',
  service: 's3',
  region: '',
  account: '',
  resource: `cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-<AWS::AccountId>-${CLOUDFRONT_REGION}/*`,
  arnFormat: ArnFormat.NO_RESOURCE_NAME,
});

/** Files that are the same for everybody: the viewer of the API reference. */
export class StaticSite extends Construct {
  readonly bucket: IBucket;
  private readonly logging: LogGroupProps;

  constructor(scope: Construct, id: string, logging: LogGroupProps) {
    super(scope, id);
    this.logging = logging;
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    acknowledge(bucket, Object.fromEntries(rulesForKeptData.map((rule) => [rule, PUBLIC_COPY])));
    // The class and its interface disagree about `undefined` under exactOptionalPropertyTypes, nothing more.
    this.bucket = bucket as IBucket;
  }

  /** Brings this release's files, and lets the locations of the distribution forget the last one's. */
  publishTo(distribution: IDistribution): void {
    const { handlerRole } = new BucketDeployment(this, 'Files', {
      destinationBucket: this.bucket,
      destinationKeyPrefix: 'docs',
      sources: [...pageFiles].map(([name, { read }]) => Source.data(name, read())),
      distribution,
      distributionPaths: [...staticPaths],
      logGroup: new BoundedLogGroup(this, 'FilesLogs', this.logging),
      prune: true,
    });
    const { node } = this.bucket;
    const bucketId = CfnElement.isCfnElement(node.defaultChild)
      ? String(Stack.of(this).resolve(node.defaultChild.logicalId))
      : node.id;
    acknowledge(handlerRole, {
      [managedPolicy('AWSLambdaBasicExecutionRole')]: OWN_BUCKETS,
      ...Object.fromEntries(
        [
          'Resource::*',
          'Action::s3:GetBucket*',
          'Action::s3:GetObject*',
          'Action::s3:List*',
          'Action::s3:Abort*',
          'Action::s3:DeleteObject*',
          `Resource::${BOOTSTRAP_ASSETS}`,
          `Resource::<${bucketId}.Arn>/*`,
        ].map((finding) => [`AwsSolutions::AwsSolutions-IAM5[${finding}]`, OWN_BUCKETS]),
      ),
    });
  }
}
