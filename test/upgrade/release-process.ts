// The functions of one release, in a process of their own: they read their statements relative to its working directory.
import * as z from 'zod';
import { FunctionHost } from '../../local/function-host.ts';
import { functionSpec } from '../../local/messages.ts';

const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), functions: z.array(functionSpec) }),
  z.object({ kind: z.literal('invoke'), id: z.string(), name: z.string(), event: z.string() }),
]);

const hosts = new Map<string, FunctionHost>();

process.on('message', async (raw) => {
  const received = message.parse(raw);
  if (received.kind === 'start') {
    for (const spec of received.functions) hosts.set(spec.name, new FunctionHost(spec));
    return;
  }
  const outcome = await hosts.get(received.name)?.invoke(received.event);
  process.send?.({ id: received.id, outcome });
});
process.on('disconnect', () => process.exit());
