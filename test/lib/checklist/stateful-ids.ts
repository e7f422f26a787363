/**
 * The logical ids of what holds data or what callers hold an address of, by type. CloudFormation replaces what changes its id: a
 * change here needs a plan for moving the data, and the previous id in the changelog.
 */
export const statefulIds: Readonly<Record<string, string>> = {
  NetworkVpc7FB7348F: 'AWS::EC2::VPC',
  NetworkVpcIsolatedSubnet1Subnet0400477E: 'AWS::EC2::Subnet',
  NetworkVpcIsolatedSubnet2SubnetF65B365A: 'AWS::EC2::Subnet',
  DatabaseParametersB8AC9B07: 'AWS::RDS::DBClusterParameterGroup',
  DatabaseClusterSubnets5540150D: 'AWS::RDS::DBSubnetGroup',
  DatabaseCluster5B53A178: 'AWS::RDS::DBCluster',
  DatabaseClusterWriterD43085C6: 'AWS::RDS::DBInstance',
  PipelineStagingDeadLetters6B0B9B2E: 'AWS::SQS::Queue',
  PipelineStagingQueueD8CE3CC3: 'AWS::SQS::Queue',
  PipelineBusinessDeadLetters88C0FB9D: 'AWS::SQS::Queue',
  PipelineBusinessQueue91804D5C: 'AWS::SQS::Queue',
  MaintenanceDeadLetters0289426A: 'AWS::SQS::Queue',
  ApiHttp17514DA7: 'AWS::ApiGatewayV2::Api',
};

/** Those that only some environments have. */
export const optionalStatefulIds: Readonly<Record<string, string>> = {
  EncryptionKey3A692D6E: 'AWS::KMS::Key',
  DatabaseClusterReader1D8B76102: 'AWS::RDS::DBInstance',
  SiteBucket978D4AEB: 'AWS::S3::Bucket',
  Distribution830FAC52: 'AWS::CloudFront::Distribution',
};
