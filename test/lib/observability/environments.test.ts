import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metrics } from '../../../lambdas/platform/metric-names.ts';
import { configOf } from '../../../lib/environments.ts';
import { parseConfig } from '../../../lib/parse-config.ts';
import { synthesise } from '../../../lib/synthesise.ts';
import { readMonitoring } from '../../../local/cloudwatch/monitoring.ts';
import { functionsOf, ofType, resourcesOf, target } from '../template.ts';
import { alarmsOf } from './alarm-checks.ts';

const readers = { high: ['night@example.com'], medium: ['day@example.com'], low: [] };
const base = configOf('prod');
const changed = resourcesOf(
  synthesise('prod', {
    config: parseConfig('prod', {
      ...base,
      alarms: { ...base.alarms, active: ['high', 'medium'], notify: readers, silenceMinutes: null },
      database: { ...base.database, maxConnections: 700, readers: 0 },
      functions: { ...base.functions, staging: { ...base.functions.staging, timeoutSeconds: 25 } },
    }),
  }),
);
const prod = resourcesOf(synthesise('prod'));
const dev = resourcesOf(synthesise('dev'));

const alarmNamed = (name: string) => alarmsOf(changed).find((each) => each.name === `prod/Tracking/${name}`);

describe('alarms follow the configuration', () => {
  it('an environment pays for the severities that it asks for and no others', () => {
    const severities = (resources: typeof prod) =>
      new Set(alarmsOf(resources).map(({ description }) => /Severity: (\w+)/.exec(description)?.[1]));
    expect([...severities(dev)]).toEqual(['high']);
    expect([...severities(changed)].sort()).toEqual(['high', 'medium']);
    expect([...severities(prod)].sort()).toEqual(['high', 'low', 'medium']);
    expect(ofType(dev, 'AWS::SNS::Topic', z.unknown())).toHaveLength(1);
  });

  it('thresholds come from time-outs, windows and limits', () => {
    expect(alarmNamed('Pipeline/Staging/Function/Duration')?.expression).toBe(
      '100 * duration_staging / 25000',
    );
    expect(alarmNamed('Pipeline/Staging/OldestMessage')?.threshold).toBe(300);
    expect(alarmNamed('Pipeline/Business/OldestMessage')?.threshold).toBe(240);
    expect(alarmNamed('Database/Connections')?.threshold).toBe(560);
    expect(alarmNamed('Pipeline/OldestPending')?.threshold).toBe(2 * (60 + 30 + 150));
  });

  it('silence and readers are watched only where there are any', () => {
    expect(alarmNamed('Api/Silence')).toBeUndefined();
    expect(alarmNamed('Database/ReplicaLag')).toBeUndefined();
    expect(alarmsOf(prod).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['prod/Tracking/Api/Silence', 'prod/Tracking/Database/ReplicaLag']),
    );
  });

  it('no alarm looks at more than a day, which CloudWatch refuses', () => {
    for (const resources of [dev, prod]) {
      for (const { name, periods, periodSeconds } of alarmsOf(resources)) {
        expect(periods * periodSeconds, name).toBeLessThanOrEqual(86_400);
        expect(periodSeconds % 60, name).toBe(0);
      }
    }
  });
});

describe('whoever is told', () => {
  const topics = ofType(
    prod,
    'AWS::SNS::Topic',
    z.object({ KmsMasterKeyId: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }) }),
  );

  it('is told by mail, by severity', () => {
    const mails = ofType(
      changed,
      'AWS::SNS::Subscription',
      z.object({ Protocol: z.literal('email'), Endpoint: z.string(), TopicArn: target }),
    ).map(({ properties: { Endpoint, TopicArn } }) => [Endpoint, TopicArn]);
    expect(mails).toEqual([
      ['night@example.com', expect.stringContaining('ObservabilityTopicsHigh')],
      ['day@example.com', expect.stringContaining('ObservabilityTopicsMedium')],
    ]);
  });

  it("is told through topics that are encrypted with the customer's key where there is one", () => {
    expect(topics).toHaveLength(3);
    for (const { properties } of topics) {
      expect(prod[properties.KmsMasterKeyId['Fn::GetAtt'][0]]?.Type).toBe('AWS::KMS::Key');
    }
    const [plain] = ofType(dev, 'AWS::SNS::Topic', z.record(z.string(), z.unknown()));
    expect(plain?.properties.KmsMasterKeyId).toBeUndefined();
  });

  it("is told over TLS, and by this account's alarms only", () => {
    const policies = ofType(
      prod,
      'AWS::SNS::TopicPolicy',
      z.object({ Topics: z.array(target), PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) }),
    );
    for (const { id } of topics) {
      const own = policies.find(({ properties }) => properties.Topics.includes(id));
      expect(own?.properties.PolicyDocument.Statement).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ]);
    }
  });
});

describe("a tenant's dashboard", () => {
  const tenants = readMonitoring({ Resources: prod }).dashboards.find(({ name }) =>
    name.endsWith('-tenants'),
  );
  const queries =
    tenants?.body.widgets.flatMap((each) => (each.type === 'log' ? each.properties.query : [])) ?? [];

  it('asks logs and no metric: a metric for each tenant would be billed for each', () => {
    expect(tenants?.body.widgets.map(({ type }) => type)).not.toContain('metric');
    expect(queries.length).toBeGreaterThan(5);
  });

  it('asks the logs of every function for the tenant that is chosen at its head', () => {
    expect(tenants?.body.variables).toEqual([{ type: 'pattern', pattern: 'any-tenant', label: 'Tenant' }]);
    for (const query of queries) {
      expect(query).toContain('filter tenant_id = "any-tenant"');
      for (const { properties } of functionsOf(prod)) {
        expect(query).toContain(`SOURCE '${properties.LoggingConfig.LogGroup}'`);
      }
    }
  });

  it('asks for what functions write', () => {
    const asked = queries.flatMap((query) =>
      [...query.matchAll(/(?:sum|max)\((\w+?)(?:Max)?\)/g)].map(([, name]) => name),
    );
    expect(new Set(asked).size).toBeGreaterThan(8);
    for (const name of asked) expect(Object.keys(metrics)).toContain(name);
  });
});
