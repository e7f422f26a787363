import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { metrics } from '../../lambdas/platform/metric-names.ts';
import { readMigrations } from '../../lambdas/platform/migrations.ts';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { roleUrl } from '../../local/database-login.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startFunction } from '../support/function-thread.ts';
import { credentials, gatewayEvent } from '../support/http-calls.ts';

/** The real handlers, each in a thread of its own, with Postgres and SQS behind them: what do they write? */
const server = buildApp({ logger: false });
const queues = { STAGING: '', BUSINESS: '', DEAD: '' };
let sqs: SQSClient;
let endpoint: string;
let database: TestDatabase;
let tenant: ProvisionedTenant;
beforeAll(async () => {
  endpoint = await server.listen({ port: 0, host: '127.0.0.1' });
  const login = { accessKeyId: 'test', secretAccessKey: 'test' };
  sqs = new SQSClient({ endpoint, region: 'us-east-1', useQueueUrlAsEndpoint: false, credentials: login });
  for (const name of ['STAGING', 'BUSINESS', 'DEAD'] as const) {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    queues[name] = QueueUrl;
  }
  database = await createDatabase();
  tenant = await provisionTenant(database.pool, { tenantId: 'acme', siteId: 'main', name: 'Acme' });
});
afterAll(async () => {
  sqs.destroy();
  await server.close();
  await database.drop();
});

const start = (name: string, url: string, more: Record<string, string> = {}) =>
  startFunction(name, {
    SYSTEM_DATABASE_URL: url,
    STAGING_QUEUE_URL: queues.STAGING,
    BUSINESS_QUEUE_URL: queues.BUSINESS,
    STAGING_DLQ_URL: queues.DEAD,
    BUSINESS_DLQ_URL: queues.DEAD,
    DB_POOL_MAX: '4',
    ENVIRONMENT_NAME: 'test',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...more,
  });
const startAs = (name: string, role: Parameters<typeof roleUrl>[1]) =>
  start(name, roleUrl(database.url, role));

/** What waits in a queue, as Lambda hands it to a consumer. */
async function received(queueUrl: string) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
  );
  return { Records: Messages.map(({ MessageId, Body }) => ({ messageId: MessageId, body: Body })) };
}

/** Parts of an event that no line may hold. */
const secret = {
  visitor_id: 'SECRET-visitor',
  session_id: 'SECRET-session',
  page_url: 'https://SECRET-host.example/SECRET-path?email=SECRET-mail@example.org',
  page_title: 'SECRET-title',
  label: 'SECRET-label',
  user_agent: 'SECRET-agent',
  client_ip: '203.0.113.77',
  phone: 'SECRET-phone',
};
const marks = /SECRET|203\.0\.113\.77|198\.51\.100\.9/i;
const tracked = (headers: Record<string, string>, body: unknown, route = 'POST /api/v1/track/async') =>
  gatewayEvent(
    route,
    credentials(tenant.tokens.secret, tenant.id, { 'user-agent': 'SECRET-browser', ...headers }),
    body,
    '198.51.100.9',
  );

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
const httpAnswer = z.looseObject({ statusCode: z.number(), headers: z.record(z.string(), z.string()) });
const isMetric = (line: Record<string, unknown>): boolean => '_aws' in line;
const sumOf = (lines: readonly Record<string, unknown>[], name: keyof typeof metrics): number =>
  lines.reduce((sum, line) => sum + (typeof line[name] === 'number' ? line[name] : 0), 0);

type Written = Awaited<ReturnType<ReturnType<typeof startFunction>['stop']>>;

describe('events on their way from the request to the vault', () => {
  const nothing: Written = { lines: [], complaints: '' };
  const written = { ingest: nothing, staging: nothing, business: nothing, analytics: nothing };
  const linesOf = (name: keyof typeof written) => written[name].lines;
  const everyLine = () => Object.values(written).flatMap(({ lines }) => lines);
  beforeAll(async () => {
    const ingest = startAs('ingest', databaseRoles.ingest);
    const poison = { event_type: 'click', evt_value: 'SECRET-value', ...secret };
    const click = { event_type: 'click', event_id: randomUUID(), ...secret };
    const answers = [
      await ingest.invoke(tracked({ traceparent }, [click, { ...click, event_id: randomUUID() }])),
      await ingest.invoke(tracked({}, { ...click, page_title: 'SECRET-other' })),
      await ingest.invoke(tracked({}, '{"event_type":"click","label":"SECRET')),
      await ingest.invoke(tracked({}, poison)),
      await ingest.invoke(tracked({ authorization: 'Bearer ovt_sec_SECRET' }, click)),
      await ingest.invoke(tracked({}, { ...click, event_id: randomUUID() }, 'POST /api/v1/track')),
      await ingest.invoke(tracked({}, '', 'POST /api/v1/nowhere')),
    ].map((answer) => httpAnswer.parse(answer));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 400, 400, 400, 401, 200, 404]);
    written.ingest = await ingest.stop();

    const staging = startAs('staging', databaseRoles.loader);
    const rung = await received(queues.STAGING);
    expect(await staging.invoke(rung)).toEqual({ batchItemFailures: [] });
    // At least once: the same again does nothing.
    await staging.invoke(rung);
    await staging.invoke({ Records: [{ messageId: 'x', body: 'SECRET rubbish' }] });
    written.staging = await staging.stop();

    const business = startAs('business', databaseRoles.loader);
    const rungToLoad = await received(queues.BUSINESS);
    await business.invoke(rungToLoad);
    await business.invoke(rungToLoad);
    written.business = await business.stop();

    const analytics = startAs('analytics', databaseRoles.reader);
    const asked = {
      ...gatewayEvent('GET /api/v1/events/{id}/lineage', credentials(tenant.tokens.read, tenant.id)),
      pathParameters: { id: click.event_id },
    };
    const lineage = z.looseObject({ body: z.string() }).parse(await analytics.invoke(asked));
    expect(JSON.parse(lineage.body)).toMatchObject({
      data: { stage: 'Complete Pipeline', raw: { trace_id: traceId } },
    });
    await analytics.invoke({ ...asked, pathParameters: { id: 'SECRET-id' } });
    written.analytics = await analytics.stop();
  });

  it('leave nothing of what they say, nor of who sent them, in any line', () => {
    expect(JSON.stringify(written)).not.toMatch(marks);
    expect(Object.values(written).map(({ complaints }) => complaints)).toEqual(['', '', '', '']);
  });

  it('leave lines that are JSON, each with level, function, cold start, request and trace', () => {
    const told = everyLine().filter((line) => !isMetric(line));
    expect(told.length).toBeGreaterThan(10);
    for (const line of told) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(INFO|WARN|ERROR)$/),
        message: expect.any(String),
        service: expect.any(String),
        timestamp: expect.stringMatching(/Z$/),
        cold_start: expect.any(Boolean),
        function_name: expect.any(String),
        function_memory_size: 512,
        function_request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        correlation_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect(line.function_name).toBe(line.service);
    }
  });

  it('can be followed by the trace of their request: stored, staged, loaded', () => {
    const of = (name: keyof typeof written, message: string) =>
      linesOf(name).filter((line) => line.message === message);
    expect(of('staging', 'staged')).toEqual([expect.objectContaining({ trace_ids: [traceId] })]);
    expect(of('business', 'loaded')).toEqual([expect.objectContaining({ trace_ids: [traceId] })]);
  });

  it('are counted exactly, though their messages came twice', () => {
    const count = (name: keyof typeof written, metric: keyof typeof metrics) => sumOf(linesOf(name), metric);
    expect({
      received: count('ingest', 'EventsReceived'),
      accepted: count('ingest', 'EventsAccepted'),
      rejected: count('ingest', 'EventsRejected'),
      refused: count('ingest', 'RequestsRefused'),
      at_once: [count('ingest', 'EventsStaged'), count('ingest', 'EventsVaulted')],
      staged: count('staging', 'EventsStaged'),
      vaulted: count('business', 'EventsVaulted'),
    }).toEqual({
      received: 5,
      accepted: 3,
      rejected: 2,
      refused: 5,
      at_once: [1, 1],
      staged: 2,
      vaulted: 2,
    });
  });

  it('are measured under names that are known, in the environment of the deployment', () => {
    const counted = everyLine().filter(isMetric);
    expect(counted.length).toBeGreaterThan(5);
    for (const line of counted) {
      expect(line.environment).toBe('test');
      const directives = z
        .object({
          CloudWatchMetrics: z.array(
            z.looseObject({ Metrics: z.array(z.looseObject({ Name: z.string() })) }),
          ),
        })
        .parse(line._aws);
      for (const { Metrics } of directives.CloudWatchMetrics)
        for (const { Name } of Metrics) expect(Object.keys(metrics)).toContain(Name);
    }
  });
});

describe('one process that serves several requests at once', () => {
  it('keeps their traces and request ids apart', async () => {
    const ingest = startAs('ingest', databaseRoles.ingest);
    const ids = Array.from({ length: 12 }, (_, n) => n.toString(16).repeat(32)).slice(1);
    const answers = await Promise.all(
      ids.map((id) =>
        ingest.invoke(
          tracked(
            { traceparent: `00-${id}-00f067aa0ba902b7-01` },
            { event_type: 'click' },
            'POST /api/v1/track',
          ),
        ),
      ),
    );
    expect(answers.map((answer) => httpAnswer.parse(answer).headers['x-trace-id'])).toEqual(ids);
    const { lines } = await ingest.stop();
    const told = lines.filter((line) => !isMetric(line));
    for (const id of ids) {
      const own = told.filter((line) => line.correlation_id === id);
      expect(own.map(({ message }) => message)).toEqual([
        'processing triggered',
        'staged',
        'loaded',
        'processing result',
      ]);
      expect(new Set(own.map((line) => line.function_request_id)).size).toBe(1);
      expect(own[1]?.trace_ids).toEqual([id]);
    }
    expect(new Set(told.map((line) => line.function_request_id)).size).toBe(ids.length);
  });
});

describe('work that nobody asked for', () => {
  it('is measured by its job, and a failure says its kind and no data', async () => {
    const maintenance = startAs('maintenance', databaseRoles.maintenance);
    await maintenance.invoke({ job: 'sweep' });
    await maintenance.invoke({ job: 'partitions' });
    await maintenance.invoke({ job: 'retention' });
    await database.pool.query(
      `ALTER TABLE analytics.metrics_progress ADD CONSTRAINT no_progress CHECK (noted_until < '2001-01-01' AND 'SECRET' <> '') NOT VALID`,
    );
    try {
      await expect(maintenance.invoke({ job: 'metrics' })).rejects.toThrow(
        'The job "metrics" failed (error:23514).',
      );
    } finally {
      await database.pool.query('ALTER TABLE analytics.metrics_progress DROP CONSTRAINT no_progress');
    }
    const { lines, complaints } = await maintenance.stop();
    expect(lines.filter(isMetric)).toEqual([
      expect.objectContaining({ EventsPending: 0, OldestPendingAge: 0 }),
      expect.objectContaining({ job: 'sweep', JobDuration: expect.any(Number) }),
      expect.objectContaining({ job: 'partitions', JobDuration: expect.any(Number) }),
      expect.objectContaining({ job: 'retention', JobDuration: expect.any(Number) }),
      // The ledger is balanced whether or not the metrics failed.
      expect.objectContaining({ LedgerGap: 0 }),
      expect.objectContaining({ job: 'metrics', JobDuration: expect.any(Number), JobFailures: 1 }),
    ]);
    expect(JSON.stringify(lines) + complaints).not.toMatch(marks);
  });

  it('of a migration counts what it applied, and its failure', async () => {
    const empty = await createDatabase({ empty: true });
    try {
      const migrating = start('migrate', empty.url);
      const ran = z.object({ ran: z.array(z.string()) });
      const { ran: first } = ran.parse(await migrating.invoke({}));
      expect(first).toHaveLength(readMigrations(migrationsDirectory).length);
      await migrating.invoke({});
      await empty.pool.query(
        `UPDATE util.schema_migrations SET checksum = 'SECRET' WHERE migration_number = 3`,
      );
      await expect(migrating.invoke({})).rejects.toThrow('MigrationError');
      const { lines } = await migrating.stop();
      expect(
        lines
          .filter(isMetric)
          .map(({ MigrationsApplied, MigrationFailures }) => [MigrationsApplied, MigrationFailures]),
      ).toEqual([
        [first.length, undefined],
        [0, undefined],
        [undefined, 1],
        [0, undefined],
      ]);
    } finally {
      await empty.drop();
    }
  });
});
