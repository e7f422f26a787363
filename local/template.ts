import * as z from 'zod';
import { readApi } from './template/api.ts';
import { readDatabase } from './template/database.ts';
import { readFunctions } from './template/functions.ts';
import { readEventSourceMappings, readQueues } from './template/queues.ts';
import { Resources } from './template/resources.ts';
import { readSchedules } from './template/schedules.ts';

export {
  type ApiModel,
  apiModel,
  type RouteModel,
  type ThrottleModel,
} from './template/api.ts';
export type { DatabaseModel } from './template/database.ts';
export type { FunctionModel } from './template/functions.ts';
export type { EventSourceMappingModel, QueueModel } from './template/queues.ts';
export type { ScheduleModel } from './template/schedules.ts';

const templateShape = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
});

/**
 * What a CloudFormation template says about the parts that the local stack runs.
 * @throws Error that names the resource and what the local stack cannot run about it.
 */
export function readTemplate(template: unknown) {
  const resources = new Resources(templateShape.parse(template).Resources);
  return {
    functions: readFunctions(resources),
    queues: readQueues(resources),
    eventSourceMappings: readEventSourceMappings(resources),
    api: readApi(resources),
    schedules: readSchedules(resources),
    database: readDatabase(resources),
  };
}

export type TemplateModel = ReturnType<typeof readTemplate>;
