import { functionsOf, permissionsOf, type Resources, target } from '../template.ts';

const send = (to: string) =>
  ['GetQueueAttributes', 'GetQueueUrl', 'SendMessage'].map((each) => `${each} ${to}`);
const take = (from: string) =>
  ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
    (each) => `${each} ${from}`,
  );
const together = (...rights: readonly (readonly string[])[]) => [...new Set(rights.flat())].sort();

/** What each function may do with which queue: the whole table. */
export const queueRights: Readonly<Record<string, readonly string[]>> = {
  ingest: together(send('staging')),
  staging: together(take('staging'), send('business')),
  // It rings later for tenants that others are loading for.
  business: together(take('business'), send('business')),
  maintenance: together(send('staging'), send('business'), send('failed jobs')),
  analytics: together(
    ['staging', 'business', 'staging dead letters', 'business dead letters'].map(
      (queue) => `GetQueueAttributes ${queue}`,
    ),
  ),
  migrate: [],
};

const names: readonly (readonly [RegExp, string])[] = [
  [/^PipelineStagingQueue/, 'staging'],
  [/^PipelineStagingDeadLetters/, 'staging dead letters'],
  [/^PipelineBusinessQueue/, 'business'],
  [/^PipelineBusinessDeadLetters/, 'business dead letters'],
  [/^MaintenanceDeadLetters/, 'failed jobs'],
];

const nameOf = (pointer: unknown): string => {
  const parsed = target.safeParse(pointer);
  return (
    (parsed.success && names.find(([pattern]) => pattern.test(parsed.data))?.[1]) || JSON.stringify(pointer)
  );
};

/** What a template lets each function do with queues. */
export function rightsByFunction(resources: Resources): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    functionsOf(resources).map(({ entry, properties }) => [
      entry.replace(/^lambdas\/|\.ts$/g, ''),
      together(
        permissionsOf(resources, properties.Role)
          .filter(({ action }) => action.startsWith('sqs:'))
          .map(({ action, on }) => `${action.slice('sqs:'.length)} ${nameOf(on)}`),
      ),
    ]),
  );
}
