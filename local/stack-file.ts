import * as z from 'zod';

/** Where the running stack describes itself, in its data directory; the file is gone when the stack has stopped. */
export const stackFile = 'stack.json';

export const tenantShape = z.object({
  id: z.string(),
  tokens: z.object({ public: z.string(), secret: z.string(), read: z.string(), admin: z.string() }),
});
export type Tenant = z.infer<typeof tenantShape>;

/** A reader asks whether `pid` is alive: a stack that was killed had no time to remove the file. */
export const stackDescription = z.object({
  apiUrl: z.string(),
  databaseUrl: z.string(),
  queueEndpoint: z.string(),
  tenants: z.array(tenantShape),
  /** The process to stop the stack with. */
  pid: z.number(),
  processes: z.record(z.string(), z.number()),
});
export type StackDescription = z.infer<typeof stackDescription>;
