// The HTTP API: the gateway and the functions behind its routes, each in a thread of its own.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { processRecorder } from '../cloudwatch/recorder.ts';
import { apiMetric } from '../cloudwatch/service-metrics.ts';
import { watchGateway } from '../cloudwatch/watch-gateway.ts';
import { FunctionHost, type Outcome } from '../function-host.ts';
import { createGateway } from '../gateway/server.ts';
import { listen } from '../listen.ts';
import { functionSpec } from '../messages.ts';
import { apiModel, type RouteModel } from '../template.ts';
import { runChild } from './child.ts';

/** How long a gateway that stops waits for the requests under way. */
const drainMs = 3_000;

const configuration = z.object({
  port: z.number(),
  api: apiModel,
  functions: z.record(z.string(), functionSpec),
});

/** The gateway gives up on a function after the integration's time-out; the function may go on. */
async function withinLimit(route: RouteModel, outcome: Promise<Outcome>): Promise<Outcome> {
  const limit = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => limit.resolve({ kind: 'timed out' }), route.timeoutMs);
  try {
    return await Promise.race([outcome, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

runChild(configuration, async ({ port, api, functions }) => {
  const recorder = processRecorder();
  const hosts = new Map(
    Object.entries(functions).map(([id, spec]) => [id, new FunctionHost(spec, recorder)]),
  );
  for (const host of hosts.values()) host.warm();
  const server = createGateway(api, async (route, event) => {
    const host = hosts.get(route.functionId);
    if (host === undefined) throw new Error(`${route.key} has no function ${route.functionId}.`);
    const begun = performance.now();
    const outcome = await withinLimit(route, host.invoke(event));
    recorder.record(apiMetric('IntegrationLatency'), performance.now() - begun);
    return outcome;
  });
  watchGateway(server, recorder);
  const bound = await listen(server, port);
  return {
    detail: { port: bound },
    async stop() {
      const answered = once(server.close(), 'close');
      server.closeIdleConnections();
      await Promise.race([answered, sleep(drainMs, undefined, { ref: false })]);
      await Promise.all([...hosts.values()].map((host) => host.close()));
      server.closeAllConnections();
      recorder.close();
    },
  };
});
