import * as z from 'zod';
import { functionType } from './functions.ts';
import type { Resources } from './resources.ts';

const integrationType = 'AWS::ApiGatewayV2::Integration';
/** API Gateway's own limit, taken where an integration is silent. */
const longestIntegrationMs = 30_000;

const routeProperties = z.object({ RouteKey: z.string(), Target: z.unknown() });
const integrationProperties = z.object({
  IntegrationUri: z.unknown(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z.number().default(longestIntegrationMs),
});
const routeSettings = z.object({
  ThrottlingBurstLimit: z.number().optional(),
  ThrottlingRateLimit: z.number().optional(),
});
const stageProperties = z.object({
  StageName: z.string().default('$default'),
  DefaultRouteSettings: routeSettings.optional(),
  RouteSettings: z.record(z.string(), routeSettings).default({}),
});

const throttleModel = z.object({ rate: z.number(), burst: z.number() });

const routeModel = z.object({
  /** For example `POST /api/v1/track/async`. */
  key: z.string(),
  functionId: z.string(),
  timeoutMs: z.number(),
  throttle: throttleModel.optional(),
});

/** The HTTP API as the gateway's process takes it. */
export const apiModel = z.object({
  stage: z.string(),
  routes: z.array(routeModel),
  throttle: throttleModel.optional(),
});

/** Requests per second and the burst above it. */
export type ThrottleModel = z.infer<typeof throttleModel>;
export type RouteModel = z.infer<typeof routeModel>;
export type ApiModel = z.infer<typeof apiModel>;

function throttleOf(settings: z.infer<typeof routeSettings> | undefined): ThrottleModel | undefined {
  const rate = settings?.ThrottlingRateLimit;
  return rate === undefined ? undefined : { rate, burst: settings?.ThrottlingBurstLimit ?? rate };
}

/** The HTTP API: its routes, the functions behind them and throttles. */
export function readApi(resources: Resources): ApiModel {
  const [stage] = resources.ofType('AWS::ApiGatewayV2::Stage', stageProperties);
  const integrations = new Map(
    resources
      .ofType(integrationType, integrationProperties)
      .map(({ logicalId, properties }) => [logicalId, properties]),
  );
  const routes = resources.ofType('AWS::ApiGatewayV2::Route', routeProperties).map(({ properties }) => {
    const integration = integrations.get(resources.target(properties.Target, integrationType));
    return {
      key: properties.RouteKey,
      functionId: resources.target(integration?.IntegrationUri, functionType),
      timeoutMs: integration?.TimeoutInMillis ?? longestIntegrationMs,
      throttle: throttleOf(stage?.properties.RouteSettings[properties.RouteKey]),
    };
  });
  return {
    stage: stage?.properties.StageName ?? '$default',
    routes,
    throttle: throttleOf(stage?.properties.DefaultRouteSettings),
  };
}
