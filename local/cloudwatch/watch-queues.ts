import type { buildApp } from 'fauxqs';
import * as z from 'zod';
import type { Recorder, Watch } from './recorder.ts';
import { queueMetric } from './service-metrics.ts';

const SAMPLE_MS = 15_000;
/** To find the oldest, every message is looked at: not in a queue so long that it would be felt. */
const LONGEST_SEARCHED = 5_000;
/** SQS leaves messages out of the age once they were received so often. */
const RECEIVES_OF_POISON = 3;

const call = z.object({ QueueUrl: z.string(), Entries: z.array(z.unknown()).optional() });
const answer = z.object({ Messages: z.array(z.unknown()).default([]) });
const depths = z.array(
  z.object({
    name: z.string(),
    approximateMessageCount: z.number(),
    approximateInflightCount: z.number(),
  }),
);
const message = z.object({ sentTimestamp: z.number(), approximateReceiveCount: z.number() });
const inspected = z.object({
  messages: z.object({ ready: z.array(message), inflight: z.array(z.object({ message })) }),
});

const moved = {
  SendMessage: 'NumberOfMessagesSent',
  SendMessageBatch: 'NumberOfMessagesSent',
  DeleteMessage: 'NumberOfMessagesDeleted',
  DeleteMessageBatch: 'NumberOfMessagesDeleted',
} as const;

const isMove = (action: string): action is keyof typeof moved => Object.hasOwn(moved, action);

/** Records what SQS reports of its queues. */
export function watchQueues(app: ReturnType<typeof buildApp>, recorder: Recorder): Watch {
  app.addHook('onSend', async (request, reply, payload) => {
    const action = String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
    const asked = call.safeParse(request.body);
    if (reply.statusCode !== 200 || !asked.success) return;
    const queue = asked.data.QueueUrl.slice(asked.data.QueueUrl.lastIndexOf('/') + 1);
    if (isMove(action)) recorder.record(queueMetric(moved[action], queue), asked.data.Entries?.length ?? 1);
    if (action !== 'ReceiveMessage' || typeof payload !== 'string') return;
    const { length } = answer.parse(JSON.parse(payload)).Messages;
    recorder.record(queueMetric('NumberOfMessagesReceived', queue), length);
    recorder.record(queueMetric('NumberOfEmptyReceives', queue), length === 0 ? 1 : 0);
  });

  async function sample(): Promise<void> {
    const queues = depths.parse((await app.inject('/_fauxqs/queues')).json());
    for (const { name, approximateMessageCount: visible, approximateInflightCount: hidden } of queues) {
      recorder.record(queueMetric('ApproximateNumberOfMessagesVisible', name), visible);
      recorder.record(queueMetric('ApproximateNumberOfMessagesNotVisible', name), hidden);
      if (visible + hidden > LONGEST_SEARCHED) continue;
      const age = visible + hidden === 0 ? 0 : await oldestAge(name);
      recorder.record(queueMetric('ApproximateAgeOfOldestMessage', name), age);
    }
  }

  async function oldestAge(queue: string): Promise<number> {
    const found = inspected.parse((await app.inject(`/_fauxqs/queues/${queue}`)).json());
    const sent = [...found.messages.ready, ...found.messages.inflight.map((each) => each.message)]
      .filter(({ approximateReceiveCount }) => approximateReceiveCount < RECEIVES_OF_POISON)
      .map(({ sentTimestamp }) => sentTimestamp);
    return sent.length === 0 ? 0 : Math.round((Date.now() - Math.min(...sent)) / 1_000);
  }

  const timer = setInterval(() => {
    sample().catch((error) => console.error(error));
  }, SAMPLE_MS).unref();
  return { sample, stop: () => clearInterval(timer) };
}
