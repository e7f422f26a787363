import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { synthesise } from '../../lib/synthesise.ts';
import { roleUrl } from '../../local/database-login.ts';
import { functionSpecOf } from '../../local/functions.ts';
import { readTemplate } from '../../local/template.ts';

const resourcesShape = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.looseObject({}).default({}) }),
  ),
});

let template: z.infer<typeof resourcesShape>;

/** The synthesised template with properties of every resource of a type changed. */
function withChanged(type: string, change: object): unknown {
  const copy = structuredClone(template);
  for (const resource of Object.values(copy.Resources)) {
    if (resource.Type === type) Object.assign(resource.Properties, change);
  }
  return copy;
}

function read(value: unknown = template) {
  return readTemplate(value);
}

beforeAll(() => {
  template = resourcesShape.parse(synthesise('local'));
}, 30_000);

describe('the template reader', () => {
  it('finds the functions of the product with their source, and none of the helpers of CDK', () => {
    const names = read().functions.map(({ name, entry }) => [name, entry]);
    for (const [name, entry] of names) expect(entry).toBe(`lambdas/${name}.ts`);
    expect(names.map(([name]) => name)).toEqual(
      expect.arrayContaining(['ingest', 'staging', 'business', 'migrate']),
    );
  });

  it('connects each consumer with its queue, and that with its dead letters', () => {
    const { queues, eventSourceMappings, functions } = read();
    expect(eventSourceMappings.length).toBeGreaterThanOrEqual(2);
    for (const { functionId, queueId, reportsItemFailures } of eventSourceMappings) {
      const queue = queues.find(({ logicalId }) => logicalId === queueId);
      expect(functions.map(({ logicalId }) => logicalId)).toContain(functionId);
      expect(queues.map(({ logicalId }) => logicalId)).toContain(queue?.redrive?.deadLetterQueueId);
      expect(reportsItemFailures).toBe(true);
    }
  });

  it('takes a changed batch size, window and concurrency without any other edit', () => {
    const change = {
      BatchSize: 77,
      MaximumBatchingWindowInSeconds: 3,
      ScalingConfig: { MaximumConcurrency: 9 },
    };
    for (const mapping of read(withChanged('AWS::Lambda::EventSourceMapping', change)).eventSourceMappings) {
      expect(mapping).toMatchObject({ batchSize: 77, batchingWindowSeconds: 3, maximumConcurrency: 9 });
    }
  });

  it('takes changed queue attributes, and leaves out what says nothing to a local queue', () => {
    const { queues } = read(
      withChanged('AWS::SQS::Queue', { VisibilityTimeout: 33, KmsMasterKeyId: 'alias/x' }),
    );
    for (const { attributes } of queues) {
      expect(attributes.VisibilityTimeout).toBe('33');
      expect(attributes).not.toHaveProperty('KmsMasterKeyId');
    }
  });

  it('reads routes, the throttle, the schedule with its payload, and the database', () => {
    const { api, schedules, database } = read();
    expect(api.routes.map(({ key }) => key)).toContain('POST /api/v1/track/async');
    expect(api.throttle?.rate).toBeGreaterThan(0);
    expect(schedules.map(({ payload }) => payload)).toContainEqual({ job: 'sweep' });
    expect(database).toMatchObject({ majorVersion: 18, name: 'one_vault' });
  });

  it('leaves out what is switched off', () => {
    expect(
      read(withChanged('AWS::Lambda::EventSourceMapping', { Enabled: false })).eventSourceMappings,
    ).toEqual([]);
    expect(read(withChanged('AWS::Scheduler::Schedule', { State: 'DISABLED' })).schedules).toEqual([]);
  });

  it('names the resource that it cannot run', () => {
    const broken = withChanged('AWS::Lambda::EventSourceMapping', { BatchSize: 'many' });
    expect(() => read(broken)).toThrow(/EventSourceMapping \w+ cannot be run locally[\s\S]*BatchSize/);
  });

  it('follows an alias to its function', () => {
    const copy = structuredClone(template);
    const [functionId = ''] = read().functions.map(({ logicalId }) => logicalId);
    copy.Resources.Live = { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: functionId } } };
    for (const resource of Object.values(copy.Resources)) {
      if (resource.Type === 'AWS::ApiGatewayV2::Integration') {
        Object.assign(resource.Properties, { IntegrationUri: { Ref: 'Live' } });
      }
    }
    for (const route of read(copy).api.routes) expect(route.functionId).toBe(functionId);
  });
});

describe('a function of the template', () => {
  it('gets its variables with every reference resolved, and connections for all its concurrency up to a limit', () => {
    const { functions, queues, database } = read();
    const addresses = queues.map(({ logicalId }) => ({
      logicalId,
      url: `http://queue/${logicalId}`,
      arn: `arn:${logicalId}`,
    }));
    const surroundings = {
      database,
      databaseUrl: 'postgres://onevault:pw@127.0.0.1:5999/one_vault',
      queues: addresses,
      access: { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' },
    };
    const specs = functions.map((model) => functionSpecOf(model, surroundings));
    const ingest = specs.find(({ name }) => name === 'ingest');
    expect(ingest?.environment).toMatchObject({
      DB_HOST: '127.0.0.1',
      DB_PORT: '5999',
      DB_POOL_MAX: '8',
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
      STAGING_QUEUE_URL: expect.stringMatching(/^http:\/\/queue\/\w*Staging\w*$/),
      SYSTEM_DATABASE_URL: roleUrl(surroundings.databaseUrl, 'onevault_ingest'),
    });
    expect(specs.find(({ name }) => name === 'staging')?.environment.DB_POOL_MAX).toBe('2');
    const migrate = specs.find(({ name }) => name === 'migrate');
    expect(migrate?.environment.SYSTEM_DATABASE_URL).toBe(surroundings.databaseUrl);
  });
});
