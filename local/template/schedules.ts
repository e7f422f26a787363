import * as z from 'zod';
import { parseSchedule, type ScheduleExpression } from '../schedule-expression.ts';
import { functionType } from './functions.ts';
import type { Resources } from './resources.ts';

/** What EventBridge Scheduler takes where the template is silent. */
const schedulerDefaults = { timeZone: 'UTC', attempts: 185, eventAgeSeconds: 86_400 };

const properties = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default(schedulerDefaults.timeZone),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.object({
    Arn: z.unknown(),
    Input: z.string().default('{}'),
    RetryPolicy: z
      .object({
        MaximumRetryAttempts: z.number().default(schedulerDefaults.attempts),
        MaximumEventAgeInSeconds: z.number().default(schedulerDefaults.eventAgeSeconds),
      })
      .prefault({}),
  }),
});

export interface ScheduleModel {
  logicalId: string;
  functionId: string;
  expression: ScheduleExpression;
  /** The payload that the function receives, parsed from its JSON. */
  payload: unknown;
  retryAttempts: number;
  eventAgeSeconds: number;
}

/** The enabled schedules. */
export function readSchedules(resources: Resources): ScheduleModel[] {
  return resources
    .ofType('AWS::Scheduler::Schedule', properties)
    .filter(({ properties }) => properties.State === 'ENABLED')
    .map(({ logicalId, properties: { Target, ...schedule } }) => ({
      logicalId,
      functionId: resources.target(Target.Arn, functionType),
      expression: parseSchedule(schedule.ScheduleExpression, schedule.ScheduleExpressionTimezone),
      payload: JSON.parse(Target.Input),
      retryAttempts: Target.RetryPolicy.MaximumRetryAttempts,
      eventAgeSeconds: Target.RetryPolicy.MaximumEventAgeInSeconds,
    }));
}
