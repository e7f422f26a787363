import { type Message, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { buildApp } from 'fauxqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Outcome } from '../../local/function-host.ts';
import { handledMessages, Poller, type PollerOptions } from '../../local/poller.ts';
import { createQueues, type QueueAddress, queueClient } from '../../local/queues.ts';
import { until } from '../support/stack.ts';

const app = buildApp({ logger: false });
const region = 'us-east-1';
const maxReceiveCount = 2;
let client: SQSClient;
let endpoint: string;
let queueCount = 0;
const pollers: Poller[] = [];

beforeAll(async () => {
  endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  client = queueClient({ endpoint, region, accessKeyId: 'a', secretAccessKey: 'b' });
});
afterEach(async () => {
  await Promise.all(pollers.splice(0).map((poller) => poller.stop()));
});
afterAll(async () => {
  client.destroy();
  await app.close();
});

/** A queue whose messages come back after a while and go to a dead-letter queue after two attempts. */
async function createQueue(
  visibilitySeconds = 1,
): Promise<{ queue: QueueAddress; deadLetters: QueueAddress }> {
  const name = `work${++queueCount}`;
  const attributes = { VisibilityTimeout: String(visibilitySeconds) };
  const redrive = { deadLetterQueueId: 'Dead', maxReceiveCount };
  const addresses = await createQueues(client, [
    { logicalId: 'Queue', name, attributes, redrive },
    { logicalId: 'Dead', name: `${name}-dead`, attributes: {}, redrive: undefined },
  ]);
  const find = (id: string) => addresses.find(({ logicalId }) => logicalId === id);
  const [queue, deadLetters] = [find('Queue'), find('Dead')];
  if (queue === undefined || deadLetters === undefined) throw new Error('The queues were not created.');
  return { queue, deadLetters };
}

async function send(queue: QueueAddress, bodies: string[]): Promise<void> {
  const Entries = bodies.map((body, index) => ({
    Id: String(index),
    MessageBody: body,
    MessageAttributes: { kind: { DataType: 'String', StringValue: 'doorbell' } },
  }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
}

const queueStates = z.array(
  z.object({ arn: z.string(), approximateMessageCount: z.number(), approximateInflightCount: z.number() }),
);

/** Messages in a queue, visible or not. */
async function depth(queue: QueueAddress): Promise<number> {
  const states = queueStates.parse(await (await fetch(`${endpoint}/_fauxqs/queues`)).json());
  const state = states.find(({ arn }) => arn === queue.arn);
  return (state?.approximateMessageCount ?? 0) + (state?.approximateInflightCount ?? 0);
}

/** Polls with a handler and collects the batches that it was given. */
function poll(
  queue: QueueAddress,
  handle: (event: SQSEvent) => Outcome | Promise<Outcome>,
  options: Partial<PollerOptions> = {},
): SQSEvent[] {
  const batches: SQSEvent[] = [];
  const invoke = async (json: string) => {
    const event: SQSEvent = JSON.parse(json);
    batches.push(event);
    return handle(event);
  };
  const poller = new Poller(client, invoke, {
    queueUrl: queue.url,
    queueArn: queue.arn,
    region,
    batchSize: 10,
    batchingWindowSeconds: 0,
    concurrency: 2,
    reportsItemFailures: true,
    ...options,
  });
  pollers.push(poller);
  void poller.run();
  return batches;
}

function bodies(batches: SQSEvent[]): string[] {
  return batches.flatMap(({ Records }) => Records.map(({ body }) => body));
}

const succeeded: Outcome = { kind: 'answered', value: { batchItemFailures: [] } };

describe('the queue poller', { timeout: 20_000 }, () => {
  it('gives the function records of the shape of Lambda and deletes what it handled', async () => {
    const { queue } = await createQueue();
    await send(queue, ['one']);
    const batches = poll(queue, () => succeeded);
    await until('the queue is empty', async () => (await depth(queue)) === 0);
    expect(batches[0]?.Records[0]).toMatchObject({
      body: 'one',
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: region,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.any(String),
      },
      messageAttributes: { kind: { dataType: 'String', stringValue: 'doorbell' } },
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
    });
  });

  it('brings back only the messages that failed, and the queue moves them to its dead letters', async () => {
    const { queue, deadLetters } = await createQueue();
    await send(queue, ['good', 'bad', 'fine']);
    const batches = poll(queue, ({ Records }) => {
      const failed = Records.filter(({ body }) => body === 'bad');
      const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
      return { kind: 'answered', value: { batchItemFailures } };
    });
    await until('the dead letters hold one', async () => (await depth(deadLetters)) === 1);
    expect(await depth(queue)).toBe(0);
    expect(bodies(batches).toSorted()).toEqual(['bad', 'bad', 'fine', 'good']);
  });

  it('brings back the whole batch when the invocation failed, timed out or was throttled', async () => {
    const outcomes: Outcome[] = [
      { kind: 'timed out' },
      { kind: 'failed', message: 'thrown' },
      { kind: 'throttled' },
    ];
    const received = outcomes.map(async (outcome) => {
      const { queue, deadLetters } = await createQueue();
      await send(queue, ['a', 'b']);
      const batches = poll(queue, () => outcome);
      await until('both are dead letters', async () => (await depth(deadLetters)) === 2);
      return bodies(batches).toSorted();
    });
    const twice = ['a', 'a', 'b', 'b'];
    expect(await Promise.all(received)).toEqual([twice, twice, twice]);
  });

  it('fills a batch past the ten messages of one call while its window is open, and never beyond its size', async () => {
    const { queue } = await createQueue(30);
    const names = Array.from({ length: 30 }, (_, index) => `m${index}`);
    for (const start of [0, 10, 20]) await send(queue, names.slice(start, start + 10));
    const batches = poll(queue, () => succeeded, { batchSize: 25, batchingWindowSeconds: 1 });
    await until('the queue is empty', async () => (await depth(queue)) === 0);
    expect(batches.map(({ Records }) => Records.length)).toEqual([25, 5]);
    expect(bodies(batches).toSorted()).toEqual(names.toSorted());
  });

  it('invokes the function at most as often at once as it may', async () => {
    const { queue } = await createQueue();
    await send(queue, ['1', '2', '3', '4', '5', '6']);
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const slow = async (): Promise<Outcome> => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
      return succeeded;
    };
    poll(queue, slow, { batchSize: 1, concurrency: 3 });
    await until('three run', () => running === 3);
    gate.resolve();
    await until('the queue is empty', async () => (await depth(queue)) === 0);
    expect(most).toBe(3);
  });
});

describe('what an invocation handled', () => {
  const batch: Message[] = [{ MessageId: 'a' }, { MessageId: 'b' }];
  const answered = (value: unknown): Outcome => ({ kind: 'answered', value });
  const failing = (...ids: unknown[]) =>
    answered({ batchItemFailures: ids.map((id) => ({ itemIdentifier: id })) });

  it.for<[string, Outcome, string[]]>([
    ['no answer', answered(undefined), ['a', 'b']],
    ['an empty list', failing(), ['a', 'b']],
    ['no list', answered({ batchItemFailures: null }), ['a', 'b']],
    ['one failure', failing('a'), ['b']],
    ['an empty identifier', failing(''), []],
    ['no identifier', failing(null), []],
    ['an identifier that is not in the batch', failing('c'), []],
    ['a misspelt identifier', answered({ batchItemFailures: [{ itemIdentifer: 'a' }] }), []],
    ['an answer that is no response', answered('done'), []],
  ])('%s', ([, outcome, expected]) => {
    expect(handledMessages(batch, outcome, true).map(({ MessageId }) => MessageId)).toEqual(expected);
  });

  it('is everything when the mapping does not ask for partial responses', () => {
    expect(handledMessages(batch, failing('a'), false)).toEqual(batch);
  });
});
