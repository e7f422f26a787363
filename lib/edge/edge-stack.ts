import { CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { EDGE_KEY_HEADER } from '../../lambdas/platform/edge-key-header.ts';
import { acknowledge } from '../acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import { acknowledgeHelpers } from '../custom-resources.ts';
import { Encryption } from '../encryption.ts';
import { PublicName } from '../public-name.ts';
import { CLOUDFRONT_REGION } from './cloudfront-region.ts';
import { Firewall } from './firewall.ts';
import { API_DOMAIN, ORIGIN_KEY } from './parameters.ts';
import { StaticSite, staticPaths } from './static-site.ts';

const NO_RECORD =
  'A record of requests would hold the address of every visitor; the API keeps one without (lib/api/access-log.ts).';

export interface EdgeStackProps {
  readonly config: EnvironmentConfig;
}

/**
 * CloudFront with a firewall in front of the API, and files that need no function served from a bucket. A stack of its own,
 * because it lives in one region only; deployed after the main stack, whose address it is told.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, { config }: EdgeStackProps) {
    super(scope, id, {
      env: { region: CLOUDFRONT_REGION },
      terminationProtection: config.database.protected,
    });
    const { edge, domain } = config;
    if (edge === null || domain === null) throw new TypeError('An edge needs its limits and a domain.');
    const apiDomain = this.parameter(API_DOMAIN, 'Host name of the API that the main stack made');
    const originKey = this.parameter(ORIGIN_KEY, 'The key whose hash the main stack knows', {
      noEcho: true,
      minLength: 32,
    });
    const encryption = new Encryption(this, 'Encryption', config);
    const site = new StaticSite(this, 'Site', { config, encryption });
    const firewall = new Firewall(this, 'Firewall', edge);
    const name = new PublicName(this, 'Name', { domain });
    const distribution = new Distribution(this, 'Distribution', {
      webAclId: firewall.aclArn,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      domainNames: [domain.name],
      certificate: name.certificate,
      defaultBehavior: {
        origin: new HttpOrigin(apiDomain, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          customHeaders: { [EDGE_KEY_HEADER]: originKey },
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        // The gateway knows its own host name only.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        cachePolicy: CachePolicy.CACHING_DISABLED,
      },
      additionalBehaviors: Object.fromEntries(
        staticPaths.map((path) => [
          path,
          {
            origin: S3BucketOrigin.withOriginAccessControl(site.bucket),
            viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cachePolicy: CachePolicy.CACHING_OPTIMIZED,
            responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
          },
        ]),
      ),
    });
    acknowledge(distribution, {
      'AwsSolutions::AwsSolutions-CFR1': 'Visitors of a tracked site come from everywhere.',
      'AwsSolutions::AwsSolutions-CFR3': NO_RECORD,
      'cdk-validator-cfnguard::cloudfront_access_logs_enabled_check': NO_RECORD,
      'cdk-validator-cfnguard::cloudfront_default_root_object_configured_check':
        'What is not a file is answered by the API, its root included.',
      'cdk-validator-cfnguard::cloudfront_origin_failover_enabled_check':
        'There is one API; what it cannot answer, callers send again.',
    });
    site.publishTo(distribution);
    name.pointAt(new CloudFrontTarget(distribution));
    acknowledgeHelpers(this);
    new CfnOutput(this, 'EdgeUrl', { value: `https://${domain.name}` });
  }

  private parameter(
    name: string,
    description: string,
    limits: { readonly noEcho?: boolean; readonly minLength?: number } = {},
  ): string {
    return new CfnParameter(this, name, { description, ...limits }).valueAsString;
  }
}
