import { Arn, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Tells the checkers of `npm run validate` why a rule of theirs does not fit this construct.
 * @param reasons by `<pack>::<rule>`, as the checker prints it. Written as metadata, since `Validations.acknowledge` takes no rule
 * with a further `::` in its name.
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, reasons);
}

/** The rule against policies that AWS manages, for one of its service roles, as the checker writes its ARN. */
export function managedPolicy(name: string): string {
  const policy = Arn.format({
    partition: '<AWS::Partition>',
    service: 'iam',
    region: '',
    account: 'aws',
    resource: 'policy',
    resourceName: `service-role/${name}`,
  });
  return `AwsSolutions::AwsSolutions-IAM4[Policy::${policy}]`;
}
