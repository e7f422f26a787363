import { CreateQueueCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { synthesise } from '../../../lib/synthesise.ts';
import { createQueues, queueClient } from '../../../local/queues.ts';
import { readTemplate } from '../../../local/template.ts';
import { onevault } from '../../support/onevault-process.ts';
import { QueueFront } from './move-tasks.ts';

const stored = z.object({ body: z.string() });
const content = z.object({
  messages: z.object({ ready: z.array(stored), inflight: z.array(z.object({ message: stored })) }),
});
const access = { region: 'us-east-1', accessKeyId: 'local', secretAccessKey: 'local' };
const models = readTemplate(synthesise('dev')).queues;
const named = (pattern: RegExp) => models.find(({ logicalId }) => pattern.test(logicalId))?.logicalId ?? '';
const deadId = named(/^PipelineStagingDeadLetters/);
const queueId = named(/^PipelineStagingQueue/);

let app: ReturnType<typeof buildApp>;
let endpoint: string;
let client: SQSClient;
let urls: Map<string, string>;
let front: QueueFront;

beforeEach(async () => {
  app = buildApp({ logger: false, defaultRegion: access.region });
  endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  client = queueClient({ ...access, endpoint });
  // Named as CloudFormation names them in an account.
  const queues = models.map((queue) => ({
    ...queue,
    name: queue.name === queue.logicalId ? `dev-Tracking-${queue.name}` : queue.name,
  }));
  urls = new Map((await createQueues(client, queues)).map(({ logicalId, url }) => [logicalId, url]));
  front = new QueueFront(endpoint, 'tenant');
  await front.start();
});
afterEach(async () => {
  await front.stop();
  client.destroy();
  await app.close();
});

const url = (id: string): string => urls.get(id) ?? '';

const redrive = (...flags: string[]) =>
  onevault(['redrive', '--queue', 'staging', '--env', 'dev', ...flags], {
    environment: {
      AWS_ENDPOINT_URL_SQS: front.endpoint,
      AWS_REGION: access.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });

const ring = (id: number): string => JSON.stringify({ requests: [{ id: String(id), events: 1 }] });

async function bury(bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies) {
    await client.send(
      new SendMessageCommand({ QueueUrl: url(deadId), MessageBody, MessageGroupId: 'tenant' }),
    );
  }
}

/** Bodies of everything that lies in a queue, what a run that was cut off still hides included. */
async function contentOf(id: string): Promise<string[]> {
  const name = url(id).split('/').at(-1);
  const answer = await fetch(`${endpoint}/_fauxqs/queues/${name}`);
  const { ready, inflight } = content.parse(await answer.json()).messages;
  return [...ready, ...inflight.map(({ message }) => message)].map(({ body }) => body).sort();
}

const letters = Array.from({ length: 25 }, (_, at) => ring(at + 100));
it('moves every dead letter back to its queue, for its tenant, where SQS has no task for that', async () => {
  await bury(letters);
  const { exitCode, stdout } = await redrive();
  expect([exitCode, stdout]).toEqual([0, '25 dead letters of staging were moved back.\n']);
  expect(await contentOf(queueId)).toEqual(letters);
  expect(await contentOf(deadId)).toEqual([]);
  expect(front.sent.filter(({ MessageGroupId }) => MessageGroupId !== 'tenant')).toEqual([]);
});

it('lets SQS move them where it can', async () => {
  await front.stop();
  front = new QueueFront(endpoint, 'tenant', { client, from: url(deadId), to: url(queueId) });
  await front.start();
  await bury(letters);
  const { exitCode, stdout } = await redrive();
  expect([exitCode, stdout]).toEqual([0, '25 dead letters of staging were moved back.\n']);
  expect(front.actions).not.toContain('SendMessageBatch');
  expect((await contentOf(queueId)).length).toBe(25);
});

describe('a letter that cannot be read', () => {
  const unreadable = ['not ours', '{"requests":[]}'];

  it('stays and is named, while the others are moved', async () => {
    await bury([...letters, ...unreadable]);
    const { exitCode, stdout } = await redrive();
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(
      /^25 dead letters of staging were moved back\.\n2 cannot be read and stay: \S+, \S+\. /,
    );
    expect(stdout).not.toContain('not ours');
    expect(await contentOf(queueId)).toEqual(letters);
    expect(await contentOf(deadId)).toEqual(unreadable.sort());
  });
});

it('looks without moving anything when it is a dry run', async () => {
  await bury([...letters, 'not ours']);
  const { exitCode, stdout } = await redrive('--dry-run');
  expect([exitCode, stdout]).toEqual([
    3,
    expect.stringContaining('25 dead letters of staging can be moved. Nothing was.'),
  ]);
  expect(await contentOf(queueId)).toEqual([]);
  expect((await contentOf(deadId)).length).toBe(26);
});

it.each(['DeleteMessageBatch', 'SendMessageBatch'])(
  'loses no letter when it is cut off at %s',
  async (action) => {
    await bury([...letters, 'not ours']);
    front.breaksAt = action;
    const { exitCode, stderr } = await redrive();
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Nothing is lost')]);
    const there = new Set([...(await contentOf(queueId)), ...(await contentOf(deadId))]);
    expect(letters.filter((body) => !there.has(body))).toEqual([]);
  },
);

it.each([
  [['redrive'], 'redrive wants --queue staging or --queue business'],
  [['redrive', '--queue', 'raw'], 'redrive wants --queue'],
])('says of %j what it wants', async (argv, reason) => {
  const { exitCode, stderr } = await onevault(argv);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(reason)]);
});

it('needs rights on the two queues alone, whatever else has a name that begins with the environment', async () => {
  for (const QueueName of [
    'dev-Tracking-Other',
    'dev-Another-PipelineStagingDeadLetters1',
    'devtwo-Tracking-x',
  ]) {
    await client.send(new CreateQueueCommand({ QueueName }));
  }
  front.readable = [url(deadId), url(queueId)];
  await bury(letters);
  const { exitCode, stdout, stderr } = await redrive();
  expect([exitCode, stdout, stderr]).toEqual([0, '25 dead letters of staging were moved back.\n', '']);
});

it('says without a region what to set', async () => {
  const { exitCode, stderr } = await onevault(['redrive', '--queue', 'staging', '--env', 'dev'], {
    environment: { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
  });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('No AWS region was found: set AWS_REGION')]);
});

it('says when an environment has no such queue', async () => {
  const { exitCode, stderr } = await redrive('--env', 'prod');
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining('There is no queue of dead letters of "staging" in the environment prod'),
  ]);
});
