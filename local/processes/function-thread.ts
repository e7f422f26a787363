// The thread in which a function's handler runs, unchanged, as Lambda's Node runtime would run it.
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';

const { name, entry, memoryMb } = z
  .object({ name: z.string(), entry: z.string(), memoryMb: z.number() })
  .parse(workerData);
const invocation = z.object({ id: z.string(), event: z.string(), deadline: z.number() });
const module = z.object({
  handler: z.custom<(event: unknown, context: object) => unknown>((value) => typeof value === 'function'),
});

// Asynchronous start-up (a handler's module may await) must not lose what arrives meanwhile: the port keeps it until
// the listener is there.
const { handler } = module.parse(await import(pathToFileURL(entry).href));

function contextOf(id: string, deadline: number) {
  return {
    awsRequestId: id,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env.AWS_REGION}:000000000000:function:${name}`,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

parentPort?.on('message', async (raw) => {
  const { id, event, deadline } = invocation.parse(raw);
  try {
    const answer = JSON.stringify(await handler(JSON.parse(event), contextOf(id, deadline)));
    parentPort?.postMessage({ id, answer });
  } catch (error) {
    console.error(error);
    parentPort?.postMessage({
      id,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }
});
