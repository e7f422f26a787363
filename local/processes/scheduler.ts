// The scheduler, with the functions that its schedules invoke.
import * as z from 'zod';
import { processRecorder } from '../cloudwatch/recorder.ts';
import { FunctionHost } from '../function-host.ts';
import { functionSpec } from '../messages.ts';
import { scheduleExpression } from '../schedule-expression.ts';
import { Scheduler } from '../scheduler.ts';
import { runChild } from './child.ts';

const configuration = z.object({
  functions: z.record(z.string(), functionSpec),
  jobs: z.array(
    z.object({
      name: z.string(),
      functionId: z.string(),
      expression: scheduleExpression,
      /** The event, as JSON. */
      event: z.string(),
      retryAttempts: z.number(),
      eventAgeMs: z.number(),
    }),
  ),
});

runChild(configuration, async ({ functions, jobs }) => {
  const recorder = processRecorder();
  const hosts = new Map(
    Object.entries(functions).map(([id, spec]) => [id, new FunctionHost(spec, recorder)]),
  );
  const scheduler = new Scheduler(
    jobs.map(({ functionId, event, ...job }) => {
      const host = hosts.get(functionId);
      if (host === undefined) throw new Error(`${job.name} has no function ${functionId}.`);
      return { ...job, invoke: () => host.invoke(event) };
    }),
  );
  scheduler.start();
  return {
    async stop() {
      await scheduler.stop();
      await Promise.all([...hosts.values()].map((host) => host.close()));
      recorder.close();
    },
  };
});
