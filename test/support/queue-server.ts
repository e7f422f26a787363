import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

/** A server of the SQS protocol for one test file, with a client of it. */
export async function startQueueServer() {
  const server = buildApp({ logger: false });
  let sends = 0;
  server.addHook('onRequest', async ({ headers }) => {
    if (String(headers['x-amz-target']).endsWith('SendMessageBatch')) sends += 1;
  });
  const endpoint = await server.listen({ port: 0, host: '127.0.0.1' });
  const sqs = new SQSClient({
    endpoint,
    region: 'us-east-1',
    useQueueUrlAsEndpoint: false,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let queues = 0;
  return {
    sqs,

    /** Calls that sent messages, until now. */
    sends: () => sends,

    async newQueue(): Promise<string> {
      queues += 1;
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${queues}` }));
      return QueueUrl;
    },

    /** Every message that can be had now. */
    async receiveAll(QueueUrl: string): Promise<Message[]> {
      const all: Message[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return all;
        all.push(...Messages);
      }
    },

    async stop(): Promise<void> {
      sqs.destroy();
      await server.close();
    },
  };
}
