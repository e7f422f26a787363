import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

/** Seconds over which the firewall counts. */
const WINDOW = 300;

export interface FirewallProps {
  readonly requestsPerFiveMinutes: number;
}

/**
 * Refuses addresses that send too much, and those that Amazon knows as attackers. No rule looks into a body: what is tracked may
 * well contain what an attack looks like, and is stored as data.
 */
export class Firewall extends Construct {
  readonly aclArn: string;

  constructor(scope: Construct, id: string, { requestsPerFiveMinutes }: FirewallProps) {
    super(scope, id);
    const visible = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      // A sample holds addresses and headers of visitors.
      sampledRequestsEnabled: false,
      metricName,
    });
    const acl = new CfnWebACL(this, 'Acl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visible('Requests'),
      rules: [
        {
          name: 'RatePerAddress',
          priority: 0,
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              limit: requestsPerFiveMinutes,
              evaluationWindowSec: WINDOW,
            },
          },
          visibilityConfig: visible('RatePerAddress'),
        },
        {
          name: 'KnownAttackers',
          priority: 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesAmazonIpReputationList' },
          },
          visibilityConfig: visible('KnownAttackers'),
        },
      ],
    });
    this.aclArn = acl.attrArn;
  }
}
