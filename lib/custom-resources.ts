import type { Stack } from 'aws-cdk-lib';
import { acknowledge } from './acknowledge.ts';

const OUTSIDE =
  'A helper of the CDK, at work during deployments only: it talks to CloudFormation, not to anything in the network.';
const AS_SHIPPED =
  'A helper of the CDK, at work during deployments only, with the runtime and the rights that the CDK gives it.';

const isHelper = (id: string): boolean => id.startsWith('Custom::') || id.startsWith('AWSCDK.');

/** Acknowledges what checkers find about the functions that the CDK brings for its own custom resources. Call it last. */
export function acknowledgeHelpers(stack: Stack): void {
  for (const helper of stack.node.children.filter(({ node }) => isHelper(node.id))) {
    acknowledge(helper, {
      'cdk-validator-cfnguard::lambda_inside_vpc_check': OUTSIDE,
      'AwsSolutions::AwsSolutions-L1': AS_SHIPPED,
      'Serverless::Serverless-LambdaLatestVersion': AS_SHIPPED,
      'Serverless::Serverless-LambdaDLQ': AS_SHIPPED,
      'Serverless::Serverless-LambdaTracing': AS_SHIPPED,
    });
  }
}
