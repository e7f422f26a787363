import { CfnOutput, Stack } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  HttpTokens,
  Instance,
  InstanceClass,
  InstanceSize,
  InstanceType,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  MachineImage,
  Port,
  SecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
    const host = new Instance(this, 'Host', {
      vpc,
      vpcSubnets: { subnets: vpc.isolatedSubnets.slice(0, 1) },
      securityGroup: group,
      associatePublicIpAddress: false,
      instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
      machineImage: MachineImage.latestAmazonLinux2023({ cpuType: AmazonLinuxCpuType.ARM_64 }),
      httpTokens: HttpTokens.REQUIRED,
      role: this.agent(),
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
      'cdk-validator-cfnguard::ec2_instance_detailed_monitoring_enabled_check': REPLACED,
      'cdk-validator-cfnguard::ec2_instance_nitro_encryption_in_transit_check':
        'What it forwards is TLS from the operator to the database, which it cannot read.',
    });
    new CfnOutput(this, 'OperatorHost', { value: host.instanceId }).overrideLogicalId('OperatorHost');
    new CfnOutput(this, 'DatabaseHost', {
      value: database.cluster.clusterEndpoint.hostname,
    }).overrideLogicalId('DatabaseHost');
    new CfnOutput(this, 'OperatorPolicy', { value: operators.managedPolicyArn }).overrideLogicalId(
      'OperatorPolicy',
    );
  }

  /** What the agent of Session Manager needs; the managed policy allows it to read every parameter besides. */
  private agent(): Role {
    const role = new Role(this, 'Agent', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const channels = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'];
    const messages = [
      'AcknowledgeMessage',
      'DeleteMessage',
      'FailMessage',
      'GetEndpoint',
      'GetMessages',
      'SendReply',
    ];
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ssm:UpdateInstanceInformation',
          ...channels.map((action) => `ssmmessages:${action}`),
          ...messages.map((action) => `ec2messages:${action}`),
        ],
        resources: ['*'],
      }),
    );
    acknowledge(role, {
      'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
        'The agent of Session Manager opens channels that have no name before they exist.',
    });
    return role;
  }
}
