import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { synthesise } from '../../../lib/synthesise.ts';
import type { MetricReference } from '../../../local/cloudwatch/dashboard-body.ts';
import { clusterMetric, writerMetric } from '../../../local/cloudwatch/service-metrics.ts';
import { type Resources, resourcesOf } from '../template.ts';
import { alarmsOf, illDescribed, sectionsOf, unexplained, unwatched } from './alarm-checks.ts';
import { notShown, unknownNames, withoutLine } from './dashboard-checks.ts';

const prod = resourcesOf(synthesise('prod'));
const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');

const alarms = alarmsOf(prod).map(({ logicalId, name }) => ({ logicalId, name }));

/** The template with other properties of one resource. */
function changed(logicalId: string, properties: Record<string, unknown>): Resources {
  const resource = prod[logicalId];
  if (resource === undefined) throw new Error(`The template has no ${logicalId}.`);
  return { ...prod, [logicalId]: { ...resource, Properties: { ...resource.Properties, ...properties } } };
}

function without(logicalId: string): Resources {
  return Object.fromEntries(Object.entries(prod).filter(([id]) => id !== logicalId));
}

/** The template with another text in its main dashboard's body, which must have had the first one. */
function reworded(from: RegExp, to: string): Resources {
  const [id, body] = Object.entries(prod).flatMap(([logicalId, { Type, Properties }]) =>
    Type === 'AWS::CloudWatch::Dashboard' && Properties.DashboardName === 'onevault-prod'
      ? [logicalId, JSON.stringify(Properties.DashboardBody)]
      : [],
  );
  if (id === undefined || body === undefined || !from.test(body)) throw new Error(`Nothing matches ${from}.`);
  return changed(id, { DashboardBody: z.unknown().parse(JSON.parse(body.replace(from, to))) });
}

describe('38 whatever can go wrong has an alarm', () => {
  it('in the template of prod', () => {
    expect(unwatched(prod, 'prod')).toEqual([]);
  });

  it('in the dimensions that the local stack records of its Postgres', () => {
    const watched = alarmsOf(prod).flatMap(({ metrics }) => metrics.map(({ metric }) => metric));
    const recorded = [
      ...(['CPUUtilization', 'DatabaseConnections'] as const).map(writerMetric),
      ...(['Deadlocks', 'VolumeBytesUsed'] as const).map(clusterMetric),
    ];
    const keysOf = ({ name, dimensions }: MetricReference) => [name, Object.keys(dimensions).sort()];
    for (const metric of recorded) expect(watched.map(keysOf)).toContainEqual(keysOf(metric));
  });

  it.each(alarms)('and $name would be missed', ({ logicalId }) => {
    expect(unwatched(without(logicalId), 'prod')).toHaveLength(1);
  });

  it.each([
    ['a dead letter', /DeadLettersFound$/, { Threshold: 2 }],
    ['a duration', /Ingest\/Duration$/, { Threshold: 99 }],
    ['connections', /Connections$/, { Threshold: 599 }],
    ['silence', /Silence$/, { TreatMissingData: 'notBreaching' }],
    ['the sweeper', /Sweeper$/, { ComparisonOperator: 'GreaterThanThreshold' }],
  ])('and a threshold that misses %s is found', (_, name, properties) => {
    const alarm = alarms.find((each) => name.test(each.name));
    expect(unwatched(changed(alarm?.logicalId ?? '', properties), 'prod')).toHaveLength(1);
  });

  it.each([/Capacity$/, /Connections$/, /Cpu$/])(
    'and %s over all instances is found, where an idle reader hides a busy writer',
    (name) => {
      const id = alarms.find((each) => name.test(each.name))?.logicalId ?? '';
      const properties = JSON.stringify(prod[id]?.Properties);
      const averaged = properties.replace(',{"Name":"Role","Value":"WRITER"}', '');
      expect(averaged).not.toBe(properties);
      expect(
        unwatched(changed(id, z.record(z.string(), z.unknown()).parse(JSON.parse(averaged))), 'prod'),
      ).toHaveLength(1);
    },
  );
});

describe('39 every alarm says what is wrong, how bad it is and what to do', () => {
  it('in the template of prod', () => {
    expect(illDescribed(prod, 'prod')).toEqual([]);
  });

  it('in exactly one section of the runbook, and the runbook explains no alarm that is not there', () => {
    expect(unexplained(prod, runbook)).toEqual([]);
    expect(sectionsOf(runbook).size).toBeGreaterThan(20);
  });

  const [first] = alarms;
  it.each<[string, Record<string, unknown>]>([
    ['another name', { AlarmName: 'prod/Tracking/Elsewhere' }],
    ['no text', { AlarmDescription: 'It rings.' }],
    ['no section', { AlarmDescription: 'It rings because it does.\nSeverity: high.\nhttps://a.console.b' }],
    ['no word about missing data', { TreatMissingData: undefined }],
    ['nobody to tell', { AlarmActions: [] }],
    ['the topic of another severity', { AlarmActions: [{ Ref: topicOf('High') }] }],
  ])('so an alarm with %s is found', (_, properties) => {
    expect(illDescribed(changed(first?.logicalId ?? '', properties), 'prod')).not.toEqual([]);
  });

  it.each([
    ['is gone', runbook.replace(/^## Silence$/m, '## Quiet')],
    ['stands there twice', runbook.replace(/^## Silence$/m, '## Silence\n\n## Silence')],
    ['does not say how to end it', runbook.replace('**Resolution.** ', '')],
    ['explains nothing that rings', `${runbook.replace(/^## Silence$/m, '## Noise\n\n## Silence')}`],
    ['stands elsewhere', runbook.replace(/^## Silence$/m, '# Operations\n\n## Silence')],
  ])('so a section that %s is found', (_, text) => {
    expect(text).not.toBe(runbook);
    expect(unexplained(prod, text)).not.toEqual([]);
  });

  it.each(alarms)('so a section without $name is found where it was the last', ({ logicalId }) => {
    const anchors = alarmsOf(prod).map((each) => [
      each.logicalId,
      /#([a-z-]+)$/m.exec(each.description)?.[1],
    ]);
    const own = anchors.find(([id]) => id === logicalId)?.[1];
    const isLast = anchors.filter(([, anchor]) => anchor === own).length === 1;
    expect(unexplained(without(logicalId), runbook)).toEqual(isLast ? [`#${own}: no alarm`] : []);
  });
});

describe('40 the dashboard tells the story from accepted to vaulted', () => {
  it('with lag by stage, quarantine, queues, functions, database, cost and every alarm', () => {
    expect(notShown(prod, 'prod')).toEqual([]);
  });

  it('with the threshold of every alarm as a line in the graph of what it watches', () => {
    expect(withoutLine(prod, 'prod')).toEqual([]);
  });

  it('in names that functions write and no others', () => {
    expect(unknownNames(prod, 'prod')).toEqual([]);
  });

  it.each<[string, RegExp, string]>([
    ['stage', /EventsStaged/g, 'EventsAccepted'],
    ['lag', /StagingLag/g, 'VaultLag'],
    ['reason', /,\\+"reason\\+"/, ''],
    ['dead letters', /MaintenanceDeadLetters/g, 'PipelineStagingQueue'],
    ['function', /BusinessFunction[0-9A-F]{8}/g, 'Nobody'],
    ['capacity', /ServerlessDatabaseCapacity/g, 'CPUUtilization'],
    ['writer', /"WRITER/g, '"READER'],
    ['reader’s capacity', /\b2 \* capacity/, 'capacity'],
    ['price', /npm run cost/, 'a lot'],
    ['alarm', /ApiSilence/, 'ApiLatency'],
  ])('so a dashboard without a %s is found', (_, from, to) => {
    expect(notShown(reworded(from, to), 'prod')).not.toEqual([]);
  });

  it('so a line that is no longer the threshold is found', () => {
    const lag = alarms.find(({ name }) => name.endsWith('/VaultLag'));
    expect(withoutLine(changed(lag?.logicalId ?? '', { Threshold: 1 }), 'prod')).toEqual([lag?.name]);
  });

  it('so a name of our own making is found', () => {
    expect(unknownNames(reworded(/EventsVaulted/g, 'EventsLoaded'), 'prod')).toEqual(['EventsLoaded']);
  });
});

function topicOf(severity: string): string {
  const found = Object.entries(prod).find(
    ([id, { Type }]) => Type === 'AWS::SNS::Topic' && id.startsWith(`ObservabilityTopics${severity}`),
  );
  return found?.[0] ?? '';
}
