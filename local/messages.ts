import * as z from 'zod';

/** What a child process tells its supervisor. */
export const childMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), detail: z.unknown().optional() }),
  /** It cannot start, and trying again would not help; the message is for the user. */
  z.object({ kind: z.literal('refused'), message: z.string() }),
]);
export type ChildMessage = z.infer<typeof childMessage>;

/** A function as a child process runs it: everything resolved. */
export const functionSpec = z.object({
  name: z.string(),
  /** Absolute path of the source file that exports `handler`. */
  entry: z.string(),
  timeoutMs: z.number(),
  memoryMb: z.number(),
  /** Invocations at once; a call beyond them is throttled. */
  concurrency: z.number(),
  environment: z.record(z.string(), z.string()),
});
export type FunctionSpec = z.infer<typeof functionSpec>;

/** Where the queues are, with the credentials that sign the calls. */
export const queueAccess = z.object({
  endpoint: z.string(),
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().optional(),
});
export type QueueAccess = z.infer<typeof queueAccess>;
