import { HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { analyticsRoutes, ingestRoutes, preflightRoute } from '../../lambdas/platform/routes.ts';
import type { EnvironmentConfig } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Network } from '../database/network.ts';
import { TrackingFunction } from '../function.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';

const routeKey = z.tuple([z.enum(HttpMethod), z.templateLiteral(['/', z.string()])]);

export interface ApiProps {
  readonly config: EnvironmentConfig;
  readonly network: Network;
  readonly database: Database;
  readonly pipeline: Pipeline;
}

/** The front door: the routes of `lambdas/platform/routes.ts` on a throttled HTTP API. */
export class Api extends Construct {
  readonly url: string;
  private readonly http: HttpApi;

  constructor(scope: Construct, id: string, { config, network, database, pipeline }: ApiProps) {
    super(scope, id);
    this.http = new HttpApi(this, 'Http', { createDefaultStage: false });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.http,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.api.rateLimit, burstLimit: config.api.burstLimit },
    });
    this.url = stage.url;

    const ingest = new TrackingFunction(this, 'Ingest', { name: 'ingest', config, network });
    ingest
      .set('SITE_TRACKING_ENABLED', String(config.trackingEnabled))
      .set('TOKEN_RATE_LIMIT', String(config.api.tokenRateLimit))
      .set('BATCH_SIZE', String(config.processing.eventsPerTransaction));
    database.grantConnect(ingest, databaseRoles.ingest);
    pipeline.staging.grantRing(ingest, 'STAGING_QUEUE_URL');
    this.route([...ingestRoutes, preflightRoute], ingest);

    const analytics = new TrackingFunction(this, 'Analytics', { name: 'analytics', config, network });
    database.grantConnect(analytics, databaseRoles.reader);
    pipeline.grantMeasure(analytics);
    analytics
      .set('QUESTION_RATE_LIMIT', String(config.api.questionRateLimit))
      .set('QUESTIONS_PER_TENANT', String(config.api.questionsPerTenant));
    this.route(analyticsRoutes, analytics);
  }

  private route(keys: readonly string[], handler: TrackingFunction): void {
    const integration = new HttpLambdaIntegration('Integration', handler);
    for (const key of keys) {
      const [method, path] = routeKey.parse(key.split(' '));
      this.http.addRoutes({ path, methods: [method], integration });
    }
  }
}
