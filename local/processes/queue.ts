// The SQS server. It keeps messages in memory: like every queue of the product it may forget them all.
import { buildApp } from 'fauxqs';
import * as z from 'zod';
import { processRecorder } from '../cloudwatch/recorder.ts';
import { watchQueues } from '../cloudwatch/watch-queues.ts';
import { queueAccess } from '../messages.ts';
import { createQueues, queueClient, queueShape } from '../queues.ts';
import { runChild } from './child.ts';

const configuration = z.object({
  port: z.number(),
  access: queueAccess.omit({ endpoint: true }),
  queues: z.array(queueShape.transform(({ redrive, ...queue }) => ({ ...queue, redrive }))),
});

runChild(configuration, async ({ port, access, queues }) => {
  // `startFauxqs` would listen on every interface.
  const app = buildApp({ logger: false, defaultRegion: access.region });
  const recorder = processRecorder();
  const watch = watchQueues(app, recorder);
  const endpoint = await app.listen({ port, host: '127.0.0.1' });
  const client = queueClient({ ...access, endpoint });
  try {
    return {
      detail: { endpoint, addresses: await createQueues(client, queues) },
      async stop() {
        watch.stop();
        recorder.close();
        await app.close();
      },
    };
  } finally {
    client.destroy();
  }
});
