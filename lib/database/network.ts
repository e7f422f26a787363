import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/**
 * Two zones of subnets without any way to the internet. Functions sign database tokens locally and log through the
 * Lambda service, so SQS is the only AWS service they call and an endpoint for it replaces the dearer NAT gateways.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** Worn by every function: one group keeps the database's rules independent of the functions that come and go. */
  readonly functions: SecurityGroup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      // The class and its interface disagree about `undefined` under exactOptionalPropertyTypes, nothing more.
    }) as IVpc;
    this.functions = new SecurityGroup(this, 'Functions', { vpc: this.vpc, allowAllOutbound: false });
    const sqs = new InterfaceVpcEndpoint(this, 'Sqs', {
      vpc: this.vpc,
      service: InterfaceVpcEndpointAwsService.SQS,
      subnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      open: false,
    });
    sqs.connections.allowDefaultPortFrom(this.functions);
  }
}
