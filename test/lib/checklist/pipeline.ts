import { functionBehind, functionsOf, target } from '../template.ts';
import { all, at, type Deployed, first, put, type Statement } from './deployed.ts';

const FUNCTION = 'AWS::Lambda::Function';
const QUEUE = 'AWS::SQS::Queue';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FOURTEEN_DAYS = 14 * 24 * 3_600;
const CONNECTION_SHARE = 0.8;

const isConsumed = (id: string): boolean => /^Pipeline(Staging|Business)Queue/.test(id);
const number = (value: unknown): number => (value === undefined ? Number.NaN : Number(value));

/** Each mapping with the queue and the function that it brings together. */
const consumersOf = ({ resources }: Deployed) =>
  all(resources, MAPPING).map(({ id, resource }) => {
    const functionId = functionBehind(resources, target.parse(at(resource, 'Properties.FunctionName')));
    const queueId = target.parse(at(resource, 'Properties.EventSourceArn'));
    return { id, mapping: resource, consumer: resources[functionId], queue: resources[queueId] };
  });

export const pipeline: readonly Statement[] = [
  {
    number: 13,
    says: 'each source queue sets messages aside after three deliveries or more, for 14 days, and lets them come back',
    check: ({ resources }) =>
      all(resources, QUEUE)
        .filter(({ id }) => isConsumed(id))
        .flatMap(({ id, resource }) => {
          const deadId = target.safeParse(at(resource, 'Properties.RedrivePolicy.deadLetterTargetArn'));
          const dead = deadId.success ? resources[deadId.data] : undefined;
          return [
            ...(number(at(resource, 'Properties.RedrivePolicy.maxReceiveCount')) >= 3
              ? []
              : [`${id} gives up too soon`]),
            ...(at(dead, 'Properties.MessageRetentionPeriod') === FOURTEEN_DAYS
              ? []
              : [`${id} forgets its dead letters`]),
            ...(at(dead, 'Properties.RedriveAllowPolicy.redrivePermission') === 'byQueue' &&
            JSON.stringify(at(dead, 'Properties.RedriveAllowPolicy.sourceQueueArns')).includes(
              `:${at(resource, 'Properties.QueueName')}"`,
            )
              ? []
              : [`dead letters of ${id} cannot come back`]),
          ];
        }),
    breaks: [
      {
        what: 'one delivery',
        by: ({ resources }) =>
          put(first(resources, QUEUE, isConsumed), 'Properties.RedrivePolicy.maxReceiveCount', 1),
      },
      {
        what: 'no dead-letter queue',
        by: ({ resources }) =>
          put(first(resources, QUEUE, isConsumed), 'Properties.RedrivePolicy', undefined),
      },
      {
        what: 'dead letters for four days',
        by: ({ resources }) =>
          put(
            first(resources, QUEUE, (id) => id.includes('DeadLetters')),
            'Properties.MessageRetentionPeriod',
            345_600,
          ),
      },
      {
        what: 'another source',
        by: ({ resources }) => put(first(resources, QUEUE, isConsumed), 'Properties.QueueName', 'other'),
      },
    ],
  },
  {
    number: 14,
    says: 'a message stays hidden for six time-outs of its consumer and the batching window',
    check: (deployed) =>
      consumersOf(deployed)
        .filter(
          ({ mapping, consumer, queue }) =>
            !(
              number(at(queue, 'Properties.VisibilityTimeout')) >=
              6 * number(at(consumer, 'Properties.Timeout')) +
                number(at(mapping, 'Properties.MaximumBatchingWindowInSeconds'))
            ),
        )
        .map(({ id }) => id),
    breaks: [
      {
        what: 'five time-outs',
        by: ({ resources }) => put(first(resources, QUEUE, isConsumed), 'Properties.VisibilityTimeout', 100),
      },
      {
        what: 'a longer window',
        by: ({ resources }) => put(first(resources, MAPPING), 'Properties.MaximumBatchingWindowInSeconds', 1),
      },
    ],
  },
  {
    number: 15,
    says: 'every mapping reports single failures, says its batch and window, and bounds its concurrency in one way',
    check: ({ resources }) =>
      all(resources, MAPPING).flatMap(({ id, resource }) => {
        const maximum = number(at(resource, 'Properties.ScalingConfig.MaximumConcurrency'));
        const isBounded =
          (maximum >= 2 && maximum <= 1_000) !==
          (at(resource, 'Properties.ProvisionedPollerConfig') !== undefined);
        return JSON.stringify(at(resource, 'Properties.FunctionResponseTypes')) ===
          '["ReportBatchItemFailures"]' &&
          number(at(resource, 'Properties.BatchSize')) > 0 &&
          number(at(resource, 'Properties.MaximumBatchingWindowInSeconds')) >= 0 &&
          isBounded
          ? []
          : [id];
      }),
    breaks: [
      {
        what: 'whole batches fail',
        by: ({ resources }) => put(first(resources, MAPPING), 'Properties.FunctionResponseTypes', []),
      },
      {
        what: 'AWS’s own batch size',
        by: ({ resources }) => put(first(resources, MAPPING), 'Properties.BatchSize', undefined),
      },
      {
        what: 'no bound',
        by: ({ resources }) => put(first(resources, MAPPING), 'Properties.ScalingConfig', undefined),
      },
      {
        what: 'two bounds',
        by: ({ resources }) =>
          put(first(resources, MAPPING), 'Properties.ProvisionedPollerConfig', { MinimumPollers: 2 }),
      },
    ],
  },
  {
    number: 16,
    says: 'a consumer reserves what its mapping may ask for, and ingest has a ceiling of its own',
    check: (deployed) => [
      ...consumersOf(deployed)
        .filter(
          ({ mapping, consumer }) =>
            !(
              number(at(consumer, 'Properties.ReservedConcurrentExecutions')) >=
              number(at(mapping, 'Properties.ScalingConfig.MaximumConcurrency'))
            ),
        )
        .map(({ id }) => id),
      ...all(deployed.resources, FUNCTION)
        .filter(
          ({ id, resource }) =>
            /^ApiIngest\w{8}$/.test(id) &&
            at(resource, 'Properties.ReservedConcurrentExecutions') === undefined,
        )
        .map(({ id }) => id),
    ],
    breaks: [
      {
        what: 'a mapping that asks for more',
        by: ({ resources }) =>
          put(first(resources, MAPPING), 'Properties.ScalingConfig.MaximumConcurrency', 900),
      },
      {
        what: 'ingest without a ceiling',
        by: ({ resources }) =>
          put(
            first(resources, FUNCTION, (id) => id.startsWith('ApiIngest')),
            'Properties.ReservedConcurrentExecutions',
            undefined,
          ),
      },
    ],
  },
  {
    number: 17,
    says: 'all functions at their ceilings and the headroom hold at most 80 % of the connections',
    check: ({ config, resources }) => {
      const [group] = all(resources, 'AWS::RDS::DBClusterParameterGroup');
      const allowed =
        number(at(at(group?.resource, 'Properties.Parameters'), 'max_connections')) * CONNECTION_SHARE;
      const held = functionsOf(resources).map(
        ({ properties }) =>
          properties.ReservedConcurrentExecutions * number(properties.Environment.Variables.DB_POOL_MAX),
      );
      const total = held.reduce((sum, each) => sum + each, config.database.headroom);
      return total <= allowed ? [] : [`${total} of ${allowed}`];
    },
    breaks: [
      {
        what: 'larger pools',
        by: ({ resources }) =>
          put(
            first(resources, FUNCTION, (id) => id.startsWith('ApiIngest')),
            'Properties.Environment.Variables.DB_POOL_MAX',
            '10',
          ),
      },
    ],
  },
  {
    number: 22,
    says: 'every function runs Node 24 on arm64 with memory, time-out, tracing, JSON lines and a log group that forgets',
    check: ({ config, resources }) =>
      functionsOf(resources).flatMap(({ entry, properties, ...resource }) => {
        const logs = resources[properties.LoggingConfig.LogGroup];
        const own = functionsOf(resources).filter(
          (each) => each.properties.LoggingConfig.LogGroup === properties.LoggingConfig.LogGroup,
        );
        return properties.Runtime === 'nodejs24.x' &&
          properties.Architectures.join() === 'arm64' &&
          properties.MemorySize >= 128 &&
          properties.Timeout > 0 &&
          at(resource, 'Properties.TracingConfig.Mode') ===
            (config.tracing === 'active' ? 'Active' : 'PassThrough') &&
          at(resource, 'Properties.LoggingConfig.LogFormat') === 'JSON' &&
          own.length === 1 &&
          at(logs, 'Properties.RetentionInDays') === config.logRetentionDays
          ? []
          : [entry];
      }),
    breaks: [
      ['Runtime', 'nodejs22.x'],
      ['Architectures', ['x86_64']],
      ['TracingConfig', undefined],
      ['LoggingConfig.LogFormat', 'Text'],
    ]
      .map(([property, value]) => ({
        what: String(property),
        by: ({ resources }: Deployed) =>
          put(
            first(resources, FUNCTION, (id) => id.startsWith('ApiIngest')),
            `Properties.${property}`,
            value,
          ),
      }))
      .concat({
        what: 'a log group for ever',
        by: ({ resources }) =>
          put(
            first(resources, 'AWS::Logs::LogGroup', (id) => id.startsWith('ApiIngest')),
            'Properties.RetentionInDays',
            undefined,
          ),
      }),
  },
  {
    number: 26,
    says: 'every schedule names its zone, its tries, how late it may start and where what failed is kept',
    check: ({ resources }) =>
      all(resources, 'AWS::Scheduler::Schedule')
        .filter(
          ({ resource }) =>
            !(
              target.safeParse(at(resource, 'Properties.Target.DeadLetterConfig.Arn')).success &&
              number(at(resource, 'Properties.Target.RetryPolicy.MaximumEventAgeInSeconds')) > 0 &&
              number(at(resource, 'Properties.Target.RetryPolicy.MaximumRetryAttempts')) >= 0 &&
              typeof at(resource, 'Properties.ScheduleExpressionTimezone') === 'string'
            ),
        )
        .map(({ id }) => id),
    breaks: ['Target.DeadLetterConfig', 'Target.RetryPolicy', 'ScheduleExpressionTimezone'].map(
      (property) => ({
        what: `no ${property}`,
        by: ({ resources }) =>
          put(first(resources, 'AWS::Scheduler::Schedule'), `Properties.${property}`, undefined),
      }),
    ),
  },
];
