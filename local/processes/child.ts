import type * as z from 'zod';
import type { ChildMessage } from '../messages.ts';

/** After this long a child that was asked to stop is ended. */
const stopLimitMs = 20_000;

/** A reason not to start that no second attempt would change; the message is shown to the user. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface RunningChild {
  /** What the supervisor is told when the child is ready. */
  detail?: unknown;
  stop(): Promise<void>;
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}

/**
 * The life of a child process: it takes its configuration from the supervisor, says when it is ready, and stops on
 * SIGTERM or when the supervisor is gone.
 */
export function runChild<T>(
  configuration: z.ZodType<T>,
  start: (configuration: T) => Promise<RunningChild>,
): void {
  let running: Promise<RunningChild> | undefined;
  const stop = async () => {
    setTimeout(() => process.exit(1), stopLimitMs).unref();
    await (await running)?.stop();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  // A terminal sends Ctrl-C to every process; the supervisor decides the order in which they stop.
  process.on('SIGINT', () => undefined);
  process.once('message', async (message) => {
    try {
      running = start(configuration.parse(message));
      tell({ kind: 'ready', detail: (await running).detail });
    } catch (error) {
      console.error(error);
      if (error instanceof Refused) tell({ kind: 'refused', message: error.message });
      process.exitCode = 1;
      process.disconnect();
      process.exit();
    }
  });
}
