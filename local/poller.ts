import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Outcome } from './function-host.ts';

/** SQS hands out and deletes at most this many messages a call. */
const largestCall = 10;
/**
 * A receive that waits when its poller is killed can still take a message, which then stays hidden for its visibility
 * time-out: a short wait keeps that rare.
 */
const longestWaitSeconds = 2;
/** Within the last second of a batching window SQS cannot wait (it counts whole seconds), so the poller does. */
const windowPauseMs = 50;
const failurePause = { firstMs: 250, longestMs: 2_000 };
/** How long a poller that stops waits for the invocations under way. */
const drainMs = 5_000;

export interface PollerOptions {
  queueUrl: string;
  queueArn: string;
  region: string;
  batchSize: number;
  batchingWindowSeconds: number;
  /** Invocations at once. */
  concurrency: number;
  reportsItemFailures: boolean;
}

const batchResponse = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })),
});
/** Lambda takes these answers as "nothing failed". */
const emptyResponse = z.union([
  z.null(),
  z.undefined(),
  z.object({ batchItemFailures: z.null().optional() }),
]);

/**
 * Lambda's poller of an SQS event source: collects batches, invokes the function with several at once, and deletes
 * what it handled. What it did not handle comes back after the queue's visibility time-out.
 */
export class Poller {
  readonly #client: SQSClient;
  readonly #invoke: (event: string) => Promise<Outcome>;
  readonly #options: PollerOptions;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(client: SQSClient, invoke: (event: string) => Promise<Outcome>, options: PollerOptions) {
    this.#client = client;
    this.#invoke = invoke;
    this.#options = options;
  }

  /** Polls until {@link stop}; the queue's failures are waited out, never thrown. */
  async run(): Promise<void> {
    let pause = failurePause.firstMs;
    while (!this.#stop.signal.aborted) {
      if (this.#running.size >= this.#options.concurrency) {
        await Promise.race(this.#running);
        continue;
      }
      try {
        const batch = await this.#collect();
        pause = failurePause.firstMs;
        if (batch.length > 0) this.#handle(batch);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        console.error(`Receiving failed, next attempt in ${pause} ms: ${error}`);
        await sleep(pause);
        pause = Math.min(pause * 2, failurePause.longestMs);
      }
    }
  }

  /** Takes no more messages and waits a few seconds for the invocations under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.race([Promise.all(this.#running), sleep(drainMs, undefined, { ref: false })]);
  }

  async #collect(): Promise<Message[]> {
    const batch = await this.#receive(longestWaitSeconds, this.#options.batchSize);
    const closesAt = Date.now() + this.#options.batchingWindowSeconds * 1000;
    while (batch.length > 0 && batch.length < this.#options.batchSize && !this.#stop.signal.aborted) {
      const left = closesAt - Date.now();
      if (left <= 0) break;
      const wait = Math.min(Math.floor(left / 1000), longestWaitSeconds);
      const more = await this.#receive(wait, this.#options.batchSize - batch.length);
      batch.push(...more);
      if (more.length === 0 && wait === 0) await sleep(Math.min(windowPauseMs, left));
    }
    return batch;
  }

  async #receive(waitSeconds: number, wanted: number): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#options.queueUrl,
      MaxNumberOfMessages: Math.min(wanted, largestCall),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const answer = await this.#client.send(command, { abortSignal: this.#stop.signal });
    return answer.Messages ?? [];
  }

  #handle(batch: Message[]): void {
    const work: Promise<void> = this.#process(batch)
      .catch((error) => console.error(`Deleting handled messages failed: ${error}`))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #process(batch: Message[]): Promise<void> {
    const event = { Records: batch.map((message) => this.#record(message)) };
    const outcome = await this.#invoke(JSON.stringify(event));
    const handled = handledMessages(batch, outcome, this.#options.reportsItemFailures);
    for (let start = 0; start < handled.length; start += largestCall) {
      const Entries = handled
        .slice(start, start + largestCall)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#options.queueUrl, Entries }));
    }
  }

  #record(message: Message) {
    const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
      name,
      {
        dataType: attribute.DataType,
        stringValue: attribute.StringValue,
        binaryValue: attribute.BinaryValue && Buffer.from(attribute.BinaryValue).toString('base64'),
        stringListValues: [],
        binaryListValues: [],
      },
    ]);
    return {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(attributes),
      md5OfBody: message.MD5OfBody,
      md5OfMessageAttributes: message.MD5OfMessageAttributes,
      eventSource: 'aws:sqs',
      eventSourceARN: this.#options.queueArn,
      awsRegion: this.#options.region,
    };
  }
}

/**
 * The messages that an invocation took care of. As in Lambda a failed invocation, an answer of another shape and an
 * identifier that no message of the batch has mean that none was.
 */
export function handledMessages(batch: Message[], outcome: Outcome, reportsItemFailures: boolean): Message[] {
  if (outcome.kind !== 'answered') return [];
  if (!reportsItemFailures || emptyResponse.safeParse(outcome.value).success) return batch;
  const response = batchResponse.safeParse(outcome.value);
  if (!response.success) return [];
  const failed = new Set(response.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(batch.map(({ MessageId }) => MessageId));
  if ([...failed].some((id) => !known.has(id))) return [];
  return batch.filter(({ MessageId }) => MessageId === undefined || !failed.has(MessageId));
}
