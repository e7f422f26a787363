import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * What a function inside the network needs before it does anything: lines into its own log group, and Lambda's network interfaces.
 * The managed policies allow the same and every log group besides.
 */
export class FunctionRole extends Role {
  constructor(scope: Construct, id: string, { logGroup }: { readonly logGroup: ILogGroup }) {
    super(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this);
    this.addToPolicy(
      new PolicyStatement({
        actions: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    );
    acknowledge(this, {
      'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
        'Lambda makes the network interfaces and traces itself: they have no name that a policy could hold before they exist.',
    });
  }
}
