import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { analyticsRoutes, ingestRoutes, preflightRoute } from '../../lambdas/platform/routes.ts';
import type { FunctionName } from '../../lib/config.ts';
import { environmentNames } from '../../lib/environments.ts';
import { synthesise } from '../../lib/synthesise.ts';
import {
  dependenciesOf,
  functionBehind,
  functionNamed,
  functionsOf,
  ofType,
  resourcesOf,
  target,
} from './template.ts';

const repository = join(import.meta.dirname, '../..');

const queue = z.object({
  RedrivePolicy: z.object({ deadLetterTargetArn: target }).optional(),
});
const eventSource = z.object({ FunctionName: target, EventSourceArn: target });
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
    const source = eventSources.find(
      ({ properties }) => functionBehind(resources, properties.FunctionName) === id,
    );
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

  it('runs the six entry points, each in both zones', () => {
    expect(functions.map(({ entry }) => entry).sort()).toEqual(
      ['analytics', 'business', 'ingest', 'maintenance', 'migrate', 'staging'].map(
        (name) => `lambdas/${name}.ts`,
      ),
    );
    for (const { entry, properties } of functions) {
      expect(existsSync(join(repository, entry)), entry).toBe(true);
      expect(properties.VpcConfig.SubnetIds).toHaveLength(2);
    }
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
      ).filter(({ properties }) => functionBehind(resources, properties.IntegrationUri) === id);
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

  it('runs each job as often as its configuration says, so that jobs meet by the clock', () => {
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
    // The database of dev sleeps in between.
    const often = environment !== 'dev';
    expect(
      schedules.map(({ properties: { ScheduleExpression, Target } }) => [
        functionBehind(resources, Target.Arn),
        ScheduleExpression,
        Target.Input,
      ]),
    ).toEqual([
      [id, `cron(${often ? '0/1 *' : '0 0/2'} * * ? *)`, '{"job":"sweep"}'],
      [id, `cron(${often ? '0/5 *' : '0 0/2'} * * ? *)`, '{"job":"snapshots"}'],
      [id, `cron(0 ${often ? '*' : '0/2'} * * ? *)`, '{"job":"metrics"}'],
      [id, `cron(0 ${often ? '*' : '0/2'} * * ? *)`, '{"job":"retention"}'],
      [id, `cron(${often ? '0/1 *' : '0 0/2'} * * ? *)`, '{"job":"privacy"}'],
      [id, `cron(${often ? '17 3' : '0 4'} * * ? *)`, '{"job":"partitions"}'],
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
    expect(functionBehind(resources, failures?.properties.FunctionName ?? '')).toBe(
      functionNamed(resources, 'maintenance').id,
    );
    expect(queues.map(({ id }) => id)).toContain(
      failures?.properties.DestinationConfig.OnFailure.Destination,
    );
  });
});
