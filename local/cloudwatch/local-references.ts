import * as z from 'zod';
import { type References, referredIds } from '../intrinsics.ts';
import { Resources } from '../template/resources.ts';
import { readTemplate } from '../template.ts';
import { LOCAL_API, LOCAL_CLUSTER } from './service-metrics.ts';

const templateShape = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
});
const loggingFunction = z.object({ LoggingConfig: z.object({ LogGroup: z.unknown() }).optional() });

/** What a template's references stand for in the metrics that this machine records. */
export function localReferences(template: unknown): References {
  const { functions, queues } = readTemplate(template);
  const resources = new Resources(templateShape.parse(template).Resources);
  const names = new Map<string, string>();
  for (const { logicalId, name } of functions) names.set(logicalId, name);
  for (const { logicalId, name } of queues) names.set(`${logicalId}.QueueName`, name);
  for (const { logicalId } of resources.ofType('AWS::ApiGatewayV2::Api', z.unknown()))
    names.set(logicalId, LOCAL_API);
  for (const { logicalId } of resources.ofType('AWS::RDS::DBCluster', z.unknown()))
    names.set(logicalId, LOCAL_CLUSTER);
  for (const { logicalId, properties } of resources.ofType('AWS::Lambda::Function', loggingFunction)) {
    const name = names.get(logicalId);
    const [group] =
      properties.LoggingConfig === undefined ? [] : referredIds(properties.LoggingConfig.LogGroup);
    if (name !== undefined && group !== undefined) names.set(group, name);
  }
  const nameOf = (reference: string) => names.get(reference) ?? reference;
  return { ref: nameOf, attribute: (logicalId, attribute) => nameOf(`${logicalId}.${attribute}`) };
}
