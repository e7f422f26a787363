// The poller of one event source mapping, with the function that it invokes.
import * as z from 'zod';
import { processRecorder } from '../cloudwatch/recorder.ts';
import { FunctionHost } from '../function-host.ts';
import { functionSpec, queueAccess } from '../messages.ts';
import { Poller } from '../poller.ts';
import { queueClient } from '../queues.ts';
import { runChild } from './child.ts';

const configuration = z.object({
  function: functionSpec,
  access: queueAccess,
  source: z.object({
    queueUrl: z.string(),
    queueArn: z.string(),
    region: z.string(),
    batchSize: z.number(),
    batchingWindowSeconds: z.number(),
    concurrency: z.number(),
    reportsItemFailures: z.boolean(),
  }),
});

runChild(configuration, async (settings) => {
  const recorder = processRecorder();
  const host = new FunctionHost(settings.function, recorder);
  host.warm();
  const client = queueClient(settings.access);
  const poller = new Poller(client, (event) => host.invoke(event), settings.source);
  void poller.run();
  return {
    async stop() {
      await poller.stop();
      await host.close();
      client.destroy();
      recorder.close();
    },
  };
});
