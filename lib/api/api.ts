import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { analyticsRoutes, ingestRoutes, preflightRoute } from '../../lambdas/platform/routes.ts';
import { acknowledge } from '../acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import type { Database } from '../database/database.ts';
import { type Surroundings, TrackingFunction } from '../function.ts';
import { BoundedLogGroup } from '../log-group.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { PublicName } from '../public-name.ts';
import { accessLogLine } from './access-log.ts';

type ApiMetric = 'Count' | '4xx' | '5xx' | 'Latency' | 'IntegrationLatency';

const routeKey = z.tuple([z.enum(HttpMethod), z.templateLiteral(['/', z.string()])]);

const OWN_TOKENS =
  'The function behind the route checks tokens of our own, which live in the database and are revoked within seconds.';
const CHECKED_BEHIND_THE_ROUTE = {
  'AwsSolutions::AwsSolutions-APIG4': OWN_TOKENS,
  'cdk-validator-cfnguard::api_gw_v2_authorization_type_configured_check': OWN_TOKENS,
  'cdk-validator-cfnguard::lambda_function_public_access_prohibited_check':
    'Only this route of this API may invoke it: the source is an expression, which the rule does not read.',
};

export interface ApiProps extends Surroundings {
  readonly database: Database;
  readonly pipeline: Pipeline;
  /** SHA-256 of the keys by which the edge shows that a request came through it; none without an edge. */
  readonly edgeKeyHashes?: string;
}

/** The front door: the routes of `lambdas/platform/routes.ts` on a throttled HTTP API. */
export class Api extends Construct {
  readonly url: string;
  readonly http: HttpApi;
  readonly stage: HttpStage;
  readonly ingest: TrackingFunction;
  readonly analytics: TrackingFunction;
  /** One line of JSON a request, without address or user agent. */
  readonly accessLog: LogGroup;

  constructor(
    scope: Construct,
    id: string,
    { database, pipeline, edgeKeyHashes, ...surroundings }: ApiProps,
  ) {
    super(scope, id);
    const { config } = surroundings;
    const publicName = config.edge === null ? this.publicName(config.domain) : undefined;
    this.http = new HttpApi(this, 'Http', {
      createDefaultStage: false,
      // Two names for one API would be two origins to a browser, and one of them no certificate of ours.
      disableExecuteApiEndpoint: publicName !== undefined,
    });
    this.accessLog = new BoundedLogGroup(this, 'AccessLog', surroundings);
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.http,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.api.rateLimit, burstLimit: config.api.burstLimit },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogLine)),
      },
      ...(publicName !== undefined && { domainMapping: { domainName: publicName } }),
    });
    this.url = publicName === undefined ? this.stage.url : this.stage.domainUrl;

    this.ingest = new TrackingFunction(this, 'Ingest', {
      name: 'ingest',
      ...surroundings,
      // Another value of a parameter alone would change what no alias serves.
      ...(edgeKeyHashes !== undefined && { versionedBy: edgeKeyHashes }),
    });
    this.ingest
      .set('SITE_TRACKING_ENABLED', String(config.trackingEnabled))
      .set('TOKEN_RATE_LIMIT', String(config.api.tokenRateLimit))
      .set('BATCH_SIZE', String(config.processing.eventsPerTransaction))
      .set('RING_GATHER_SECONDS', String(config.processing.gatherSeconds));
    if (edgeKeyHashes !== undefined) this.ingest.set('EDGE_KEY_HASHES', edgeKeyHashes);
    database.grantConnect(this.ingest, databaseRoles.ingest);
    pipeline.staging.grantRing(this.ingest, 'STAGING_QUEUE_URL');
    this.route([...ingestRoutes, preflightRoute], this.ingest);

    this.analytics = new TrackingFunction(this, 'Analytics', { name: 'analytics', ...surroundings });
    database.grantConnect(this.analytics, databaseRoles.reader);
    pipeline.grantMeasure(this.analytics);
    this.analytics
      .set('QUESTION_RATE_LIMIT', String(config.api.questionRateLimit))
      .set('QUESTIONS_PER_TENANT', String(config.api.questionsPerTenant));
    this.route(analyticsRoutes, this.analytics);
    this.throttleRoutes(config.api.routes);
  }

  metric(name: ApiMetric, options: MetricOptions = {}): Metric {
    return this.http.metric(name, { period: Duration.minutes(5), label: name, ...options });
  }

  private publicName(domain: EnvironmentConfig['domain']): DomainName | undefined {
    if (domain === null) return undefined;
    const name = new PublicName(this, 'Name', { domain });
    const domainName = new DomainName(this, 'Domain', {
      domainName: domain.name,
      certificate: name.certificate,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    name.pointAt(
      new ApiGatewayv2DomainProperties(domainName.regionalDomainName, domainName.regionalHostedZoneId),
    );
    return domainName;
  }

  private route(keys: readonly string[], handler: TrackingFunction): void {
    const integration = new HttpLambdaIntegration('Integration', handler.live);
    for (const key of keys) {
      const [method, path] = routeKey.parse(key.split(' '));
      const routes = this.http.addRoutes({ path, methods: [method], integration });
      this.stage.node.addDependency(...routes);
      for (const route of routes) acknowledge(route, CHECKED_BEHIND_THE_ROUTE);
    }
  }

  /** The stage refuses settings of a route that is not there yet, so it waits for all of them. */
  private throttleRoutes(routes: EnvironmentConfig['api']['routes']): void {
    const stage = this.stage.node.defaultChild;
    if (!(stage instanceof CfnStage)) throw new TypeError('The stage has no resource to set.');
    stage.routeSettings = Object.fromEntries(
      Object.entries(routes).map(([key, { rateLimit, burstLimit }]) => [
        key,
        {
          ThrottlingRateLimit: rateLimit,
          ThrottlingBurstLimit: burstLimit,
        },
      ]),
    );
  }
}
