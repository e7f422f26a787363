import * as z from 'zod';
import { type AlarmModel, readMonitoring } from '../../../local/cloudwatch/monitoring.ts';
import { functionsOf, ofType, type Resources, target } from '../template.ts';

/** Longest description that CloudWatch keeps. */
const LONGEST_DESCRIPTION = 1_024;

const queueShape = z.object({
  VisibilityTimeout: z.number().optional(),
  RedrivePolicy: z.object({ deadLetterTargetArn: target }).optional(),
});
const scheduleShape = z.object({
  Target: z.object({ DeadLetterConfig: z.object({ Arn: target }) }),
});
const parameterGroup = z.object({ Parameters: z.object({ max_connections: z.coerce.number() }) });

export function alarmsOf(resources: Resources): AlarmModel[] {
  return readMonitoring({ Resources: resources }).alarms;
}

interface Wanted {
  readonly what: string;
  /** Metrics of one alarm, each with what its dimensions must hold. */
  readonly metrics: readonly (readonly [namespace: string, name: string, dimension: string])[];
  readonly threshold?: number;
  readonly holds?: (alarm: AlarmModel) => boolean;
}

const own = 'OneVault/SiteTracking';
const anyStatistic = (alarm: AlarmModel, statistic: string) =>
  alarm.metrics.some((each) => each.statistic === statistic);

/** Without a value it rings, and does not turn to older ones first. */
const ringsForNothing = ({ comparison, missing, expression }: AlarmModel) =>
  comparison === 'LessThanThreshold' && missing === 'breaching' && (expression?.startsWith('FILL(') ?? false);

/** Every alarm that the checklist asks for, from what the template has. */
function wanted(resources: Resources, environment: string): Wanted[] {
  const queues = ofType(resources, 'AWS::SQS::Queue', queueShape);
  const deadLetters = new Set([
    ...queues.flatMap(({ properties }) => properties.RedrivePolicy?.deadLetterTargetArn ?? []),
    ...ofType(resources, 'AWS::Scheduler::Schedule', scheduleShape).map(
      ({ properties }) => properties.Target.DeadLetterConfig.Arn,
    ),
  ]);
  const instances = ofType(resources, 'AWS::RDS::DBInstance', z.unknown());
  const connections = ofType(resources, 'AWS::RDS::DBClusterParameterGroup', parameterGroup).map(
    ({ properties }) => properties.Parameters.max_connections,
  );
  const database = (name: string): Wanted['metrics'] => [['AWS/RDS', name, 'DatabaseCluster']];
  // Over all instances an idle reader halves what a busy writer shows.
  const writer = (name: string): Wanted['metrics'] => [...database(name), ['AWS/RDS', name, 'WRITER']];
  const custom = (what: string, name: string, dimension = environment): Wanted => ({
    what,
    metrics: [[own, name, dimension]],
  });
  return [
    {
      what: 'API 5xx rate',
      metrics: [
        ['AWS/ApiGateway', '5xx', 'Api'],
        ['AWS/ApiGateway', 'Count', 'Api'],
      ],
    },
    {
      what: 'API p99',
      metrics: [['AWS/ApiGateway', 'Latency', 'Api']],
      holds: (alarm) => anyStatistic(alarm, 'p99'),
    },
    ...functionsOf(resources).flatMap(({ id, entry, properties }): Wanted[] => [
      { what: `${entry} errors`, metrics: [['AWS/Lambda', 'Errors', id]], threshold: 1 },
      { what: `${entry} throttles`, metrics: [['AWS/Lambda', 'Throttles', id]], threshold: 1 },
      {
        what: `${entry} duration p99 of its time-out`,
        metrics: [['AWS/Lambda', 'Duration', id]],
        threshold: 80,
        holds: (alarm) =>
          anyStatistic(alarm, 'p99') &&
          (alarm.expression?.startsWith('100 * ') ?? false) &&
          (alarm.expression?.endsWith(` / ${properties.Timeout * 1_000}`) ?? false),
      },
    ]),
    ...queues.flatMap(({ id }): Wanted[] =>
      deadLetters.has(id)
        ? [
            {
              what: `${id} dead letters`,
              metrics: [
                ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', id],
                ['AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', id],
              ],
              threshold: 1,
              holds: ({ comparison, expression }) =>
                comparison === 'GreaterThanOrEqualToThreshold' && / \+ /.test(expression ?? ''),
            },
          ]
        : [{ what: `${id} age`, metrics: [['AWS/SQS', 'ApproximateAgeOfOldestMessage', id]] }],
    ),
    { what: 'ACU utilisation', metrics: writer('ACUUtilization'), threshold: 80 },
    ...connections.map((most) => ({
      what: 'connections',
      metrics: writer('DatabaseConnections'),
      threshold: most * 0.8,
    })),
    { what: 'CPU', metrics: writer('CPUUtilization') },
    { what: 'deadlocks', metrics: database('Deadlocks') },
    {
      what: 'storage growth',
      metrics: database('VolumeBytesUsed'),
      holds: ({ expression }) => expression?.startsWith('RATE(') ?? false,
    },
    ...(instances.length > 1 ? [{ what: 'replica lag', metrics: database('AuroraReplicaLagMaximum') }] : []),
    {
      ...custom('silence', 'EventsAccepted'),
      holds: ringsForNothing,
    },
    { ...custom('migration failed', 'MigrationFailures'), threshold: 1 },
    custom('oldest pending age', 'OldestPendingAge'),
    { ...custom('vault lag p99', 'VaultLag'), holds: (alarm) => anyStatistic(alarm, 'p99') },
    custom('quarantine share', 'EventsQuarantined'),
    {
      ...custom('sweeper not running', 'JobDuration', 'sweep'),
      holds: ringsForNothing,
    },
    { ...custom('job failures', 'JobFailures'), threshold: 1 },
    { ...custom('oldest privacy job', 'OldestPrivacyJobAge'), threshold: 24 * 3_600 },
    { ...custom('privacy jobs failed', 'PrivacyJobsFailed'), threshold: 1 },
    { ...custom('doorbell failures', 'DoorbellFailures'), threshold: 1 },
    { ...custom('ledger gap', 'LedgerGap'), threshold: 0 },
  ];
}

/** Checklist 38: what should be watched and is not. */
export function unwatched(resources: Resources, environment: string): string[] {
  const alarms = alarmsOf(resources);
  const isThere = ({ metrics, threshold, holds }: Wanted) =>
    alarms.some(
      (alarm) =>
        metrics.every(([namespace, name, dimension]) =>
          alarm.metrics.some(
            ({ metric }) =>
              metric.namespace === namespace &&
              metric.name === name &&
              Object.values(metric.dimensions).some((value) => value.includes(dimension)),
          ),
        ) &&
        (threshold === undefined || alarm.threshold === threshold) &&
        (holds === undefined || holds(alarm)),
    );
  return wanted(resources, environment)
    .filter((each) => !isThere(each))
    .map(({ what }) => what);
}

/** The anchor of the runbook that an alarm names. */
export function anchorOf({ description }: AlarmModel): string | undefined {
  return /^Runbook: docs\/runbook\.md#([a-z-]+)$/m.exec(description)?.[1];
}

/** Checklist 39: what is wrong with the alarms' names and texts. */
export function illDescribed(resources: Resources, environment: string): string[] {
  return alarmsOf(resources).flatMap((alarm) => {
    const { logicalId, name, description, actions, missing } = alarm;
    const [sentence = '', severity = '', runbook, ...links] = description.split('\n');
    const [stage, stack, ...path] = name.split('/');
    const topic = /^Severity: (high|medium|low)\.$/.exec(severity)?.[1];
    const isRung = actions.some((action) => resources[action]?.Type === 'AWS::SNS::Topic');
    const faults: [string, boolean][] = [
      ['name is no node path', stage !== environment || stack !== 'Tracking'],
      ['name is not its own path', !logicalId.startsWith(path.join(''))],
      ['no plain sentence', !/^[A-Z].{20,}\.$/.test(sentence)],
      ['no severity', topic === undefined],
      ['rings nobody', !isRung],
      [
        'rings the topic of another severity',
        !actions.every((action) => action.toLowerCase().startsWith(`observabilitytopics${topic}`)),
      ],
      ['no runbook', runbook === undefined || anchorOf(alarm) === undefined],
      ['no link', links.length === 0 || !links.every((link) => /^https:\/\/\S+\.console\.\S+$/.test(link))],
      ['description too long', description.length > LONGEST_DESCRIPTION],
      ['missing data undecided', missing === undefined],
    ];
    return faults.filter(([, isFault]) => isFault).map(([fault]) => `${name}: ${fault}`);
  });
}

/** The sections of the runbook's part about alarms, by anchor. */
export function sectionsOf(runbook: string): Map<string, string[]> {
  const [, alarms = ''] = /^# Alarms$([\s\S]*?)(?=^# |$(?![\s\S]))/m.exec(runbook) ?? [];
  const sections = new Map<string, string[]>();
  for (const section of alarms.split(/^## /m).slice(1)) {
    const [heading = ''] = section.split('\n', 1);
    const anchor = heading.trim().toLowerCase().replaceAll(' ', '-');
    sections.set(anchor, [...(sections.get(anchor) ?? []), section]);
  }
  return sections;
}

/** Alarms without exactly one section that says what to do, and sections without an alarm. */
export function unexplained(resources: Resources, runbook: string): string[] {
  const sections = sectionsOf(runbook);
  const anchors = new Map(alarmsOf(resources).map((alarm) => [alarm.name, anchorOf(alarm)]));
  const named = new Set(anchors.values());
  return [
    ...[...anchors]
      .filter(([, anchor]) => sections.get(anchor ?? '')?.length !== 1)
      .map(([name, anchor]) => `${name}: not exactly one section #${anchor}`),
    ...[...sections.keys()].filter((each) => !named.has(each)).map((each) => `#${each}: no alarm`),
    ...[...sections].flatMap(([anchor, texts]) =>
      ['Description', 'Investigation', 'Resolution']
        .filter((part) => !texts.every((each) => each.includes(`**${part}.** `)))
        .map((part) => `#${anchor}: no ${part}`),
    ),
  ];
}
