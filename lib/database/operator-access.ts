import { CfnOutput, Stack } from 'aws-cdk-lib';
import {
  BastionHostLinux,
  BlockDeviceVolume,
  InstanceClass,
  InstanceSize,
  InstanceType,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';

/** What the agent of Session Manager talks to, which has no other way out of the network. */
const services = {
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  Ec2Messages: InterfaceVpcEndpointAwsService.EC2_MESSAGES,
} as const;

const REPLACED =
  'It holds nothing and is made anew by the next deployment; it is there while operators need it.';

export interface OperatorAccessProps {
  readonly network: Network;
  readonly database: Database;
}

/**
 * A way for people to the database: a host without a door of its own, which Session Manager forwards a port through, and the policy
 * that lets an operator do that and log in as the owner of the tables. Nobody has it who is not given the policy.
 */
export class OperatorAccess extends Construct {
  constructor(scope: Construct, id: string, { network, database }: OperatorAccessProps) {
    super(scope, id);
    const { vpc } = network;
    const group = new SecurityGroup(this, 'Group', { vpc, allowAllOutbound: false });
    const host = new BastionHostLinux(this, 'Host', {
      vpc,
      securityGroup: group,
      subnetSelection: { subnets: vpc.isolatedSubnets.slice(0, 1) },
      instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
      requireImdsv2: true,
      blockDevices: [{ deviceName: '/dev/xvda', volume: BlockDeviceVolume.ebs(8, { encrypted: true }) }],
    });
    for (const [name, service] of Object.entries(services)) {
      const endpoint = new InterfaceVpcEndpoint(this, name, {
        vpc,
        service,
        subnets: { subnets: vpc.isolatedSubnets.slice(0, 1) },
        securityGroups: [new SecurityGroup(this, `${name}Group`, { vpc, allowAllOutbound: false })],
        open: false,
      });
      endpoint.connections.allowFrom(group, Port.tcp(443));
    }
    database.cluster.connections.allowDefaultPortFrom(group);
    const operators = new ManagedPolicy(this, 'Operators', {
      description: 'Reaches the database of OneVault Site Tracking as the owner of its tables',
      statements: [
        new PolicyStatement({
          actions: ['ssm:StartSession'],
          resources: [
            Stack.of(this).formatArn({ service: 'ec2', resource: 'instance', resourceName: host.instanceId }),
            Stack.of(this).formatArn({
              service: 'ssm',
              account: '',
              resource: 'document',
              resourceName: 'AWS-StartPortForwardingSessionToRemoteHost',
            }),
          ],
        }),
        database.ownerLogin(),
      ],
    });
    acknowledge(host, {
      'AwsSolutions::AwsSolutions-EC28': REPLACED,
      'AwsSolutions::AwsSolutions-EC29': REPLACED,
      'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
        'The agent of Session Manager opens channels that have no name before they exist.',
    });
    new CfnOutput(this, 'OperatorHost', { value: host.instanceId }).overrideLogicalId('OperatorHost');
    new CfnOutput(this, 'DatabaseHost', {
      value: database.cluster.clusterEndpoint.hostname,
    }).overrideLogicalId('DatabaseHost');
    new CfnOutput(this, 'OperatorPolicy', { value: operators.managedPolicyArn }).overrideLogicalId(
      'OperatorPolicy',
    );
  }
}
