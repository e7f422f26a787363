import {
  FlowLogDestination,
  FlowLogTrafficType,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import type { Encryption } from '../encryption.ts';
import { BoundedLogGroup } from '../log-group.ts';

export interface NetworkProps {
  readonly config: EnvironmentConfig;
  readonly encryption: Encryption;
}

/**
 * Two zones of subnets without any way to the internet. Functions sign database tokens locally and log through the
 * Lambda service, so SQS is the only AWS service they call and an endpoint for it replaces the dearer NAT gateways.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** Worn by every function: one group keeps the database's rules independent of the functions that come and go. */
  readonly functions: SecurityGroup;

  constructor(scope: Construct, id: string, { config, encryption }: NetworkProps) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
    });
    // The class and its interface disagree about `undefined` under exactOptionalPropertyTypes, nothing more.
    this.vpc = vpc as IVpc;
    if (!config.network.flowLogs) {
      acknowledge(vpc, {
        'AwsSolutions::AwsSolutions-VPC7':
          'Nothing in it reaches the internet or is reached from there; the configuration decides about the record (network.flowLogs).',
      });
    } else {
      const logs = new BoundedLogGroup(this, 'RefusedConnections', { config, encryption });
      vpc.addFlowLog('Refused', {
        destination: FlowLogDestination.toCloudWatchLogs(logs),
        trafficType: FlowLogTrafficType.REJECT,
      });
    }
    this.functions = new SecurityGroup(this, 'Functions', { vpc: this.vpc, allowAllOutbound: false });
    const sqs = new InterfaceVpcEndpoint(this, 'Sqs', {
      vpc: this.vpc,
      service: InterfaceVpcEndpointAwsService.SQS,
      subnets: { subnets: this.vpc.isolatedSubnets.slice(0, config.network.endpointZones) },
      open: false,
      // It answers and never asks.
      securityGroups: [new SecurityGroup(this, 'SqsGroup', { vpc: this.vpc, allowAllOutbound: false })],
    });
    sqs.connections.allowDefaultPortFrom(this.functions);
  }
}
