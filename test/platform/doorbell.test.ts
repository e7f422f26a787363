import { createServer } from 'node:http';
import { type Message, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  createDoorbell,
  type PendingRequest,
  readRing,
  ringOrLeave,
} from '../../lambdas/platform/doorbell.ts';
import { invoked } from '../../lambdas/platform/invocation.ts';
import { startQueueServer } from '../support/queue-server.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

let server: Awaited<ReturnType<typeof startQueueServer>>;
let queueUrl: string;
beforeAll(async () => {
  server = await startQueueServer();
});
beforeEach(async () => {
  queueUrl = await server.newQueue();
});
afterAll(() => server.stop());

const pending = (count: number, tenantId = 'a', events = 1): PendingRequest[] =>
  Array.from({ length: count }, (_, index) => ({ requestId: `${index + 1}`, tenantId, events }));
const rung = (messages: readonly Message[]) => messages.map(({ Body = '' }) => readRing(Body) ?? []);

it('says which requests have work, and nothing else', async () => {
  await createDoorbell(queueUrl, { client: server.sqs }).ring(pending(1, 'a', 7));
  const messages = await server.receiveAll(queueUrl);
  expect(messages.map(({ Body }) => Body)).toEqual(['{"requests":[{"id":"1","events":7}]}']);
});

it('never mixes tenants in a message, and tells SQS whose each is', async () => {
  const sent = mockClient(SQSClient);
  try {
    sent.on(SendMessageBatchCommand).resolves({ Failed: [], Successful: [] });
    await createDoorbell(queueUrl, { client: new SQSClient({}) }).ring([
      ...pending(2, 'a'),
      ...pending(2, 'b'),
      ...pending(1, 'c/ü'),
    ]);
    const entries = sent
      .commandCalls(SendMessageBatchCommand)
      .flatMap((call) => call.args[0].input.Entries ?? []);
    expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([
      'a',
      'b',
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
  } finally {
    sent.restore();
  }
});

it('hands the trace of whoever rings over to the consumer, where there is one', async () => {
  const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  const context = {
    awsRequestId: 'r',
    functionName: 'ingest',
    memoryLimitInMB: '128',
    getRemainingTimeInMillis: () => 1_000,
  };
  const sent = mockClient(SQSClient);
  try {
    sent.on(SendMessageBatchCommand).resolves({ Failed: [], Successful: [] });
    const ring = invoked(() => createDoorbell(queueUrl, { client: new SQSClient({}) }).ring(pending(1)));
    vi.stubEnv('_X_AMZN_TRACE_ID', header);
    await ring({}, context);
    vi.unstubAllEnvs();
    await ring({}, context);
    const entries = sent
      .commandCalls(SendMessageBatchCommand)
      .flatMap((call) => call.args[0].input.Entries ?? []);
    expect(entries.map(({ MessageSystemAttributes }) => MessageSystemAttributes)).toEqual([
      { AWSTraceHeader: { DataType: 'String', StringValue: header } },
      undefined,
    ]);
  } finally {
    sent.restore();
    vi.unstubAllEnvs();
  }
});

it('counts a ring that the queue does not take, and leaves it to the sweeper', async () => {
  const { logger, lines, measured } = createRecordingLogger();
  await ringOrLeave({ ring: () => Promise.reject(new Error('gone')) }, pending(3), logger);
  await ringOrLeave({ ring: () => Promise.resolve() }, pending(3), logger);
  expect(measured).toEqual([{ DoorbellFailures: 1 }]);
  expect(lines.map(({ message }) => message)).toEqual(['doorbell failed']);
});

it('rings for at most 100 requests and 1,000 events a message, and loses none of 2,345', async () => {
  await createDoorbell(queueUrl, { client: server.sqs }).ring([
    ...pending(2_345),
    { requestId: '9000', tenantId: 'a', events: 5_000 },
  ]);
  const messages = rung(await server.receiveAll(queueUrl));
  expect(new Set(messages.flat().map(({ requestId }) => requestId)).size).toBe(2_346);
  expect(Math.max(...messages.map((requests) => requests.length))).toBe(100);
  const heavy = messages.find((requests) => requests.some(({ events }) => events === 5_000));
  expect(heavy).toHaveLength(1);
});

it('sends what came while it was sending in one call', async () => {
  const sent = mockClient(SQSClient);
  try {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    sent.on(SendMessageBatchCommand).callsFake(async () => {
      await held;
      return { Failed: [], Successful: [] };
    });
    const bell = createDoorbell(queueUrl, { client: new SQSClient({}) });
    const rings = [bell.ring(pending(1))];
    await expect.poll(() => sent.commandCalls(SendMessageBatchCommand).length).toBe(1);
    rings.push(...Array.from({ length: 20 }, () => bell.ring(pending(1))));
    release();
    await Promise.all(rings);
    expect(sent.commandCalls(SendMessageBatchCommand)).toHaveLength(2);
  } finally {
    sent.restore();
  }
});

it('fails when SQS answers 200 but refused a message, so that the caller can say so', async () => {
  const sent = mockClient(SQSClient);
  try {
    sent
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Failed: [{ Id: '0', Code: 'x', SenderFault: false }], Successful: [] })
      .resolves({ Failed: [], Successful: [] });
    const bell = createDoorbell(queueUrl, { client: new SQSClient({}) });
    await expect(bell.ring(pending(1))).rejects.toThrow('refused 1 of 1');
    await expect(bell.ring(pending(1))).resolves.toBeUndefined();
  } finally {
    sent.restore();
  }
});

it('gives up on a queue that hangs, and rings again later', async () => {
  const silentServer = createServer(() => undefined);
  await new Promise<void>((resolve) => silentServer.listen(0, '127.0.0.1', resolve));
  const address = silentServer.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const hanging = new SQSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    useQueueUrlAsEndpoint: false,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    const bell = createDoorbell(queueUrl, { client: hanging });
    await expect(bell.ring(pending(1))).rejects.toThrow();
    await expect(bell.ring(pending(1))).rejects.toThrow();
  } finally {
    hanging.destroy();
    silentServer.closeAllConnections();
    silentServer.close();
  }
}, 15_000);

it.each([
  '',
  'x',
  '{}',
  '{"requests":[]}',
  '{"requests":["1"]}',
  '{"requests":[{"id":"1; DROP","events":1}]}',
])('reads nothing from %j', (body) => {
  expect(readRing(body)).toBeNull();
});
