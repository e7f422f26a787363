import path from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Distribution } from '../../local/cloudwatch/distribution.ts';
import { alignedPeriods, MetricStore, wholeRange } from '../../local/cloudwatch/metric-store.ts';
import type { Recorder } from '../../local/cloudwatch/recorder.ts';
import {
  apiMetric,
  clusterMetric,
  lambdaMetric,
  queueMetric,
  writerMetric,
} from '../../local/cloudwatch/service-metrics.ts';
import { watchGateway } from '../../local/cloudwatch/watch-gateway.ts';
import { watchPostgres } from '../../local/cloudwatch/watch-postgres.ts';
import { watchQueues } from '../../local/cloudwatch/watch-queues.ts';
import { FunctionHost } from '../../local/function-host.ts';
import { createGateway } from '../../local/gateway/server.ts';
import { listen } from '../../local/listen.ts';
import { Poller } from '../../local/poller.ts';
import { createQueues, queueClient } from '../../local/queues.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const range = { from: 0, to: 60_000 };

/** Records in memory, all at one time. */
function memory() {
  const store = new MetricStore();
  const recorder: Recorder = { record: (metric, value) => store.add(metric, 0, Distribution.of([value])) };
  const of = (metric: Parameters<Recorder['record']>[0], statistic = 'Sum') =>
    store.series(metric, statistic, wholeRange(range))[0];
  return { recorder, of };
}

describe('what a function host records', () => {
  it('is what Lambda reports: invocations, errors, throttles, durations and how many ran at once', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { recorder, of } = memory();
    const entry = path.join(import.meta.dirname, '..', 'support', 'handlers', 'by-body.ts');
    const host = new FunctionHost(
      { name: 'staging', entry, timeoutMs: 20_000, memoryMb: 128, concurrency: 2, environment: {} },
      recorder,
    );
    const event = (body: string) => JSON.stringify({ Records: [{ messageId: '1', body }] });
    await host.invoke(event('fine'));
    await Promise.all(['fine', 'throw', 'fine'].map((body) => host.invoke(event(body))));
    await host.close();
    expect(of(lambdaMetric('Invocations', 'staging'))).toBe(3);
    expect(of(lambdaMetric('Errors', 'staging'))).toBe(1);
    expect(of(lambdaMetric('Throttles', 'staging'))).toBe(1);
    expect(of(lambdaMetric('ConcurrentExecutions', 'staging'), 'Maximum')).toBe(2);
    expect(of(lambdaMetric('Duration', 'staging'), 'SampleCount')).toBe(3);
  });
});

describe('what a gateway records', () => {
  it('is what API Gateway reports: requests, those it refused and failed, and how long each took', async () => {
    const { recorder, of } = memory();
    const statuses = [200, 503];
    const route = { key: 'GET /', functionId: 'f', timeoutMs: 1_000 };
    const server = createGateway({ stage: '$default', routes: [route] }, async () => ({
      kind: 'answered',
      value: { statusCode: statuses.shift() },
    }));
    watchGateway(server, recorder);
    const url = `http://127.0.0.1:${await listen(server, 0)}`;
    for (const target of ['/', '/', '/nowhere']) await (await fetch(url + target)).arrayBuffer();
    server.close().closeAllConnections();
    expect([of(apiMetric('Count')), of(apiMetric('4xx')), of(apiMetric('5xx'))]).toEqual([3, 1, 1]);
    expect(of(apiMetric('Latency'), 'SampleCount')).toBe(3);
  });
});

describe('what an SQS server records', () => {
  it('is what SQS reports: messages sent, received and done, what waits, what is hidden, and since when', async () => {
    const { recorder, of } = memory();
    const app = buildApp({ logger: false });
    const watch = watchQueues(app, recorder);
    const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
    const access = { endpoint, region: 'us-east-1', accessKeyId: 'local', secretAccessKey: 'local' };
    const client = queueClient(access);
    const [queue] = await createQueues(client, [
      { logicalId: 'Bell', name: 'bell', attributes: { VisibilityTimeout: '60' }, redrive: undefined },
    ]);
    const QueueUrl = queue?.url ?? '';
    for (const MessageBody of ['one', 'two', 'fails']) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    await watch.sample();
    expect(of(queueMetric('ApproximateNumberOfMessagesVisible', 'bell'), 'Maximum')).toBe(3);

    const poller = new Poller(
      client,
      async (event) => {
        const failed = JSON.parse(event).Records.filter(({ body }: { body: string }) => body === 'fails');
        const batchItemFailures = failed.map(({ messageId }: { messageId: string }) => ({
          itemIdentifier: messageId,
        }));
        return { kind: 'answered', value: { batchItemFailures } };
      },
      {
        queueUrl: QueueUrl,
        queueArn: queue?.arn ?? '',
        region: 'us-east-1',
        batchSize: 10,
        batchingWindowSeconds: 0,
        concurrency: 1,
        reportsItemFailures: true,
      },
    );
    void poller.run();
    await vi.waitFor(() => expect(of(queueMetric('NumberOfMessagesDeleted', 'bell'))).toBe(2), {
      timeout: 10_000,
    });
    await poller.stop();
    await watch.sample();
    watch.stop();
    expect(of(queueMetric('NumberOfMessagesSent', 'bell'))).toBe(3);
    expect(of(queueMetric('NumberOfMessagesReceived', 'bell'))).toBe(3);
    expect(of(queueMetric('ApproximateNumberOfMessagesNotVisible', 'bell'), 'Maximum')).toBe(1);
    expect(of(queueMetric('ApproximateAgeOfOldestMessage', 'bell'), 'SampleCount')).toBe(2);
    client.destroy();
    await app.close();
  });
});

describe('what a Postgres server records', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase({ empty: true });
  });
  afterAll(() => database.drop());

  it('is what RDS reports, as far as Postgres itself knows it', async () => {
    const { recorder, of } = memory();
    const { rows } = await database.pool.query('SELECT pg_backend_pid() AS pid');
    const watch = watchPostgres({ connectionString: database.url }, Number(rows[0]?.pid), recorder);
    await watch.sample();
    for (let at = 0; at < 5; at += 1) await database.pool.query('SELECT 1');
    await watch.sample();
    watch.stop();
    expect(of(writerMetric('DatabaseConnections'), 'Maximum')).toBeGreaterThanOrEqual(1);
    expect(of(clusterMetric('VolumeBytesUsed'), 'Maximum')).toBeGreaterThan(1_000_000);
    // Rates need two samples, so there is one.
    expect(of(writerMetric('CommitThroughput'), 'SampleCount')).toBe(1);
    expect(of(clusterMetric('Deadlocks'), 'Sum')).toBe(0);
  });
});

describe('periods', () => {
  it('begin at multiples of their length, as in CloudWatch, and cover the time', () => {
    const { begins } = alignedPeriods({ from: 90_000, to: 610_000 }, 300);
    expect(begins).toEqual([0, 300_000, 600_000]);
  });
});
