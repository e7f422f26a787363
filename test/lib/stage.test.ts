import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { analyticsRoutes, ingestRoutes, preflightRoute } from '../../lambdas/platform/routes.ts';
import { environmentNames, type FunctionName } from '../../lib/config.ts';
import { synthesise } from '../../lib/synthesise.ts';
import {
  dependenciesOf,
  functionNamed,
  functionsOf,
  ofType,
  permissionsOf,
  resourcesOf,
  target,
} from './template.ts';

const repository = join(import.meta.dirname, '../..');
const FOURTEEN_DAYS = 14 * 24 * 3_600;

const queue = z.object({
  VisibilityTimeout: z.number().optional(),
  MessageRetentionPeriod: z.number(),
  SqsManagedSseEnabled: z.boolean(),
  RedrivePolicy: z.object({ deadLetterTargetArn: target, maxReceiveCount: z.number() }).optional(),
});
const eventSource = z.object({
  FunctionName: target,
  EventSourceArn: target,
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.number(),
  FunctionResponseTypes: z.array(z.string()),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }),
});
const loginOf: Readonly<Record<FunctionName, string>> = {
  ingest: 'onevault_ingest',
  analytics: 'onevault_reader',
  staging: 'onevault_loader',
  business: 'onevault_loader',
  maintenance: 'onevault_maintenance',
  migrate: 'onevault',
};
const integrationTarget = z
  .object({ 'Fn::Join': z.tuple([z.string(), z.tuple([z.string(), target])]) })
  .transform((value) => value['Fn::Join'][1][1]);

describe.each(environmentNames)('the template of %s', (environment) => {
  const resources = resourcesOf(synthesise(environment));
  const functions = functionsOf(resources);
  const queues = ofType(resources, 'AWS::SQS::Queue', queue);
  const eventSources = ofType(resources, 'AWS::Lambda::EventSourceMapping', eventSource);

  const consumerOf = (name: 'staging' | 'business') => {
    const { id } = functionNamed(resources, name);
    const source = eventSources.find(({ properties }) => properties.FunctionName === id);
    if (source === undefined) throw new Error(`${name} is woken by no queue.`);
    return source.properties;
  };
  const queueIdOf = (name: 'staging' | 'business') => consumerOf(name).EventSourceArn;

  it('can be created in some order: no resource waits for itself', () => {
    const done = new Set<string>();
    const visit = (id: string, path: readonly string[]): void => {
      expect(path, `cycle: ${[...path, id].join(' -> ')}`).not.toContain(id);
      if (done.has(id)) return;
      for (const each of dependenciesOf(resources, id)) visit(each, [...path, id]);
      done.add(id);
    };
    for (const id of Object.keys(resources)) visit(id, []);
    expect(done.size).toBe(Object.keys(resources).length);
  });

  it('runs the six entry points, each on Node 24 and arm64 with a role and a log group of its own', () => {
    expect(functions.map(({ entry }) => entry).sort()).toEqual(
      ['analytics', 'business', 'ingest', 'maintenance', 'migrate', 'staging'].map(
        (name) => `lambdas/${name}.ts`,
      ),
    );
    for (const { entry, properties } of functions) {
      expect(existsSync(join(repository, entry)), entry).toBe(true);
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(properties.VpcConfig.SubnetIds).toHaveLength(2);
      const logs = resources[properties.LoggingConfig.LogGroup];
      expect(logs?.Properties).toHaveProperty('RetentionInDays');
    }
    expect(new Set(functions.map(({ properties }) => properties.Role)).size).toBe(functions.length);
    expect(new Set(functions.map(({ properties }) => properties.LoggingConfig.LogGroup)).size).toBe(
      functions.length,
    );
  });

  it.each(['staging', 'business'] as const)('lets %s fail single messages of a batch', (name) => {
    expect(consumerOf(name).FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it.each(['staging', 'business'] as const)('never receives what Lambda would throttle for %s', (name) => {
    const { properties } = functionNamed(resources, name);
    expect(properties.ReservedConcurrentExecutions).toBeGreaterThanOrEqual(
      consumerOf(name).ScalingConfig.MaximumConcurrency,
    );
  });

  it.each(['staging', 'business'] as const)(
    'hides a message of %s while its first try may still run',
    (name) => {
      const { properties } = functionNamed(resources, name);
      const source = consumerOf(name);
      const { VisibilityTimeout } = queue.parse(resources[source.EventSourceArn]?.Properties);
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(
        6 * properties.Timeout + source.MaximumBatchingWindowInSeconds,
      );
    },
  );

  it.each(['staging', 'business'] as const)('sets a message of %s aside after five deliveries', (name) => {
    const { RedrivePolicy } = queue.parse(resources[queueIdOf(name)]?.Properties);
    expect(RedrivePolicy?.maxReceiveCount).toBe(5);
    const deadLetters = queues.find(({ id }) => id === RedrivePolicy?.deadLetterTargetArn);
    expect(deadLetters?.properties.MessageRetentionPeriod).toBe(FOURTEEN_DAYS);
  });

  it('encrypts every queue and refuses plain HTTP to it', () => {
    const policies = ofType(
      resources,
      'AWS::SQS::QueuePolicy',
      z.object({ Queues: z.array(target), PolicyDocument: z.unknown() }),
    );
    for (const { id, properties } of queues) {
      expect(properties.SqsManagedSseEnabled, id).toBe(true);
      const own = policies.find((each) => each.properties.Queues.includes(id));
      expect(own?.properties.PolicyDocument, id).toMatchObject({
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      });
    }
    expect(queues).toHaveLength(5);
  });

  it('routes exactly what the handlers answer, each to its function, through a throttled default stage', () => {
    const routes = ofType(
      resources,
      'AWS::ApiGatewayV2::Route',
      z.object({ RouteKey: z.string(), Target: integrationTarget }),
    );
    const answeredBy = (name: FunctionName) => {
      const { id } = functionNamed(resources, name);
      const integrations = ofType(
        resources,
        'AWS::ApiGatewayV2::Integration',
        z.object({ IntegrationUri: target, PayloadFormatVersion: z.literal('2.0') }),
      ).filter(({ properties }) => properties.IntegrationUri === id);
      return routes
        .filter(({ properties }) => integrations.some((each) => each.id === properties.Target))
        .map(({ properties }) => properties.RouteKey)
        .sort();
    };
    expect(answeredBy('ingest')).toEqual([...ingestRoutes, preflightRoute].sort());
    expect(answeredBy('analytics')).toEqual([...analyticsRoutes].sort());
    expect(routes).toHaveLength(ingestRoutes.length + analyticsRoutes.length + 1);

    const [stage, ...others] = ofType(resources, 'AWS::ApiGatewayV2::Stage', z.looseObject({}));
    expect(others).toEqual([]);
    expect(stage?.properties).toMatchObject({
      StageName: '$default',
      DefaultRouteSettings: {
        ThrottlingRateLimit: expect.any(Number),
        ThrottlingBurstLimit: expect.any(Number),
      },
    });
  });

  it('gives each function the queues it works with and the database role it logs in as, nothing more', () => {
    const short = (pointer: unknown): string => {
      const id = target.parse(pointer);
      if (id === queueIdOf('staging')) return 'staging queue';
      if (id === queueIdOf('business')) return 'business queue';
      return resources[id]?.Type === 'AWS::SQS::Queue' ? 'dead letters' : id;
    };
    const queueRights = (name: FunctionName) => {
      const granted = permissionsOf(resources, functionNamed(resources, name).properties.Role);
      const rights = granted
        .filter(({ action }) => action.startsWith('sqs:'))
        .map(({ action, on }) => `${action.slice('sqs:'.length)} ${short(on)}`);
      const logins = granted
        .filter(({ action }) => action === 'rds-db:connect')
        .map(({ on }) => JSON.stringify(on));
      expect(logins, name).toEqual([expect.stringContaining(`/${loginOf[name]}"`)]);
      const { Variables } = functionNamed(resources, name).properties.Environment;
      expect(Variables.DB_USER).toBe(loginOf[name]);
      expect(granted).toHaveLength(rights.length + logins.length);
      return [...new Set(rights)].sort();
    };
    const send = (to: string) =>
      ['GetQueueAttributes', 'GetQueueUrl', 'SendMessage'].map((each) => `${each} ${to}`);
    const consume = (from: string) =>
      ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
        (each) => `${each} ${from}`,
      );
    expect(queueRights('ingest')).toEqual(send('staging queue'));
    expect(queueRights('staging')).toEqual([...consume('staging queue'), ...send('business queue')].sort());
    expect(queueRights('business')).toEqual(
      [...new Set([...consume('business queue'), ...send('business queue')])].sort(),
    );
    expect(queueRights('maintenance')).toEqual(
      [...send('staging queue'), ...send('business queue'), ...send('dead letters')].sort(),
    );
    expect(queueRights('analytics')).toEqual(
      ['business queue', 'dead letters', 'staging queue'].map((each) => `GetQueueAttributes ${each}`),
    );
    expect(queueRights('migrate')).toEqual([]);
  });

  it('tells analytics where all four queues are', () => {
    const variables = functionNamed(resources, 'analytics').properties.Environment.Variables;
    const [staging, stagingDead, business, businessDead] = [
      'STAGING_QUEUE_URL',
      'STAGING_DLQ_URL',
      'BUSINESS_QUEUE_URL',
      'BUSINESS_DLQ_URL',
    ].map((name) => target.parse(variables[name]));
    expect([staging, business]).toEqual([queueIdOf('staging'), queueIdOf('business')]);
    const deadLettersOf = (id: string) =>
      queue.parse(resources[id]?.Properties).RedrivePolicy?.deadLetterTargetArn;
    expect([stagingDead, businessDead]).toEqual([
      deadLettersOf(queueIdOf('staging')),
      deadLettersOf(queueIdOf('business')),
    ]);
  });

  it('migrates after the database is there and before any other function changes', () => {
    const [trigger] = ofType(resources, 'Custom::Trigger', z.object({ Timeout: z.coerce.number() }));
    if (trigger === undefined) throw new Error('Nothing migrates.');
    expect(trigger.DependsOn).toEqual(
      expect.arrayContaining(ofType(resources, 'AWS::RDS::DBInstance', z.unknown()).map(({ id }) => id)),
    );
    for (const { id, entry } of functions.filter((each) => each.entry !== 'lambdas/migrate.ts')) {
      expect(resources[id]?.DependsOn, entry).toContain(trigger.id);
    }
    for (const { id } of eventSources) expect(resources[id]?.DependsOn).toContain(trigger.id);
    const { Timeout } = functionNamed(resources, 'migrate').properties;
    expect(Timeout * 1_000).toBeLessThan(trigger.properties.Timeout);
    expect(trigger.properties.Timeout).toBeLessThan(900_000);
  });

  it('has a database without passwords, encrypted in rest and in flight, that keeps rows out of its log', () => {
    const [cluster] = ofType(resources, 'AWS::RDS::DBCluster', z.record(z.string(), z.unknown()));
    expect(cluster?.properties).toMatchObject({
      Engine: 'aurora-postgresql',
      EngineVersion: '18.4',
      DatabaseName: 'one_vault',
      MasterUsername: 'onevault',
      MasterUserAuthenticationType: 'iam-db-auth',
      EnableIAMDatabaseAuthentication: true,
      StorageEncrypted: true,
    });
    for (const name of ['MasterUserPassword', 'ManageMasterUserPassword', 'MasterUserSecret']) {
      expect(cluster?.properties).not.toHaveProperty(name);
    }
    expect(ofType(resources, 'AWS::SecretsManager::Secret', z.unknown())).toEqual([]);
    const [group] = ofType(resources, 'AWS::RDS::DBClusterParameterGroup', z.looseObject({}));
    expect(group?.properties).toMatchObject({
      Parameters: {
        'rds.force_ssl': '1',
        log_error_verbosity: 'terse',
        log_parameter_max_length_on_error: '0',
        client_connection_check_interval: '1000',
        idle_in_transaction_session_timeout: expect.stringMatching(/^\d+000$/),
        statement_timeout: expect.stringMatching(/^\d+000$/),
      },
    });
  });

  it('has no way to the internet, and SQS as the only service inside', () => {
    for (const type of ['NatGateway', 'InternetGateway', 'Route']) {
      expect(ofType(resources, `AWS::EC2::${type}`, z.unknown())).toEqual([]);
    }
    const endpoints = ofType(resources, 'AWS::EC2::VPCEndpoint', z.object({ ServiceName: z.unknown() }));
    expect(endpoints.map(({ properties }) => JSON.stringify(properties.ServiceName))).toEqual([
      expect.stringContaining('.sqs'),
    ]);
  });

  it('sweeps every minute, takes snapshots every five, metrics every hour and prepares partitions daily, keeping what could not be started', () => {
    const schedules = ofType(
      resources,
      'AWS::Scheduler::Schedule',
      z.object({
        ScheduleExpression: z.string(),
        ScheduleExpressionTimezone: z.literal('Etc/UTC'),
        Target: z.object({
          Arn: target,
          Input: z.string(),
          DeadLetterConfig: z.object({ Arn: target }),
          RetryPolicy: z.object({ MaximumEventAgeInSeconds: z.number(), MaximumRetryAttempts: z.number() }),
        }),
      }),
    );
    const { id } = functionNamed(resources, 'maintenance');
    expect(
      schedules.map(({ properties: { ScheduleExpression, Target } }) => [
        Target.Arn,
        ScheduleExpression,
        Target.Input,
      ]),
    ).toEqual([
      [id, 'rate(1 minute)', '{"job":"sweep"}'],
      [id, 'rate(5 minutes)', '{"job":"snapshots"}'],
      [id, 'rate(1 hour)', '{"job":"metrics"}'],
      [id, 'cron(17 3 * * ? *)', '{"job":"partitions"}'],
    ]);
  });

  it('keeps a job that failed each of its tries, which the scheduler counts as delivered', () => {
    const [failures] = ofType(
      resources,
      'AWS::Lambda::EventInvokeConfig',
      z.object({
        FunctionName: target,
        DestinationConfig: z.object({ OnFailure: z.object({ Destination: target }) }),
      }),
    );
    expect(failures?.properties.FunctionName).toBe(functionNamed(resources, 'maintenance').id);
    expect(queues.map(({ id }) => id)).toContain(
      failures?.properties.DestinationConfig.OnFailure.Destination,
    );
  });

  it('holds its connections within 80 % of what the cluster allows', () => {
    const [group] = ofType(
      resources,
      'AWS::RDS::DBClusterParameterGroup',
      z.object({ Parameters: z.object({ max_connections: z.coerce.number() }) }),
    );
    const held = functions.map(
      ({ properties }) =>
        properties.ReservedConcurrentExecutions *
        z.coerce.number().parse(properties.Environment.Variables.DB_POOL_MAX),
    );
    const total = held.reduce((sum, each) => sum + each, 0);
    expect(total).toBeLessThan(0.8 * (group?.properties.Parameters.max_connections ?? 0));
  });
});
