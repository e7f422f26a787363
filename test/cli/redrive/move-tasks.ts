import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { listen } from '../../../local/listen.ts';

const entries = z.object({
  Entries: z.array(z.object({ MessageBody: z.string(), MessageGroupId: z.string().optional() })),
});
const asked = z.object({ QueueUrl: z.string() });
const received = z.object({ Messages: z.array(z.looseObject({})).optional() });

/**
 * Stands before the local queues. Where asked to, it knows the two actions that they lack, and moves the messages itself; and it
 * can lose the connection at an action, as a run that is killed there would.
 */
export class QueueFront {
  readonly #server: Server;
  readonly actions: string[] = [];
  /** Entries of all batches that were sent. */
  readonly sent: z.infer<typeof entries>['Entries'] = [];
  /** Whose every letter is: the local queues forget the group of a message that SQS keeps. */
  readonly group: string;
  /** Where set, the queues whose attributes the caller may read; those of all others are refused as SQS refuses them. */
  readable: readonly string[] | undefined;
  /** Ends the connection instead of passing this action on. */
  breaksAt: string | undefined;
  endpoint = '';
  #moved = 0;

  /**
   * @param behind the local queues.
   * @param tasks the queues that a move task moves between, where there are such tasks.
   */
  constructor(
    behind: string,
    group: string,
    tasks?: { readonly client: SQSClient; readonly from: string; readonly to: string },
  ) {
    this.group = group;
    this.#server = createServer(async (request, response) => {
      const body = await text(request);
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      this.actions.push(action);
      if (action === 'SendMessageBatch') this.sent.push(...entries.parse(JSON.parse(body)).Entries);
      if (action === this.breaksAt) {
        request.socket.destroy();
        return;
      }
      if (action === 'GetQueueAttributes' && this.#refuses(body)) {
        response.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(
          JSON.stringify({ __type: 'com.amazon.coral.service#AccessDenied', message: 'no right' }),
        );
      } else if (tasks !== undefined && action === 'StartMessageMoveTask') {
        this.#moved = await moveAll(tasks);
        response.end(JSON.stringify({ TaskHandle: 'task' }));
      } else if (tasks !== undefined && action === 'ListMessageMoveTasks') {
        const result = { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: this.#moved };
        response.end(JSON.stringify({ Results: [result] }));
      } else {
        const headers = {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `AmazonSQS.${action}`,
        };
        const authorization = request.headers.authorization ?? '';
        const answer = await fetch(behind, { method: 'POST', headers: { ...headers, authorization }, body });
        response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(this.#withGroups(action, await answer.text()));
      }
    });
  }

  async start(): Promise<void> {
    this.endpoint = `http://127.0.0.1:${await listen(this.#server, 0)}`;
  }

  #refuses(body: string): boolean {
    const { QueueUrl } = asked.parse(JSON.parse(body));
    return this.readable !== undefined && !this.readable.includes(QueueUrl);
  }

  #withGroups(action: string, answer: string): string {
    if (action !== 'ReceiveMessage') return answer;
    const { Messages = [] } = received.parse(JSON.parse(answer));
    const Attributes = { MessageGroupId: this.group };
    return JSON.stringify({ Messages: Messages.map((message) => ({ ...message, Attributes })) });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function moveAll({
  client,
  from,
  to,
}: {
  client: SQSClient;
  from: string;
  to: string;
}): Promise<number> {
  for (let moved = 0; ; ) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return moved;
    for (const { Body, ReceiptHandle } of Messages) {
      await client.send(new SendMessageCommand({ QueueUrl: to, MessageBody: Body }));
      await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
      moved += 1;
    }
    await sleep(0);
  }
}
