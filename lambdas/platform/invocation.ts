import { AsyncLocalStorage } from 'node:async_hooks';
import * as z from 'zod';
import { inTrace, readXRayHeader, settleTraceId } from './trace.ts';

/** What of Lambda's context the functions use. */
const lambdaContext = z.object({
  awsRequestId: z.string(),
  functionName: z.string(),
  memoryLimitInMB: z.coerce.number(),
  getRemainingTimeInMillis: z.custom<() => number>((value) => typeof value === 'function'),
});

interface Invocation extends z.infer<typeof lambdaContext> {
  /** Whether it is the first of its process. */
  readonly isFirst: boolean;
  /** The trace as Lambda hands it over, for what goes on in queues; undefined where nobody traces. */
  readonly xrayHeader: string | undefined;
}

/** Kept by the chain of calls and not by the module: one process may serve several invocations at once. */
const invocations = new AsyncLocalStorage<Invocation>();

/** Makes work a Lambda handler: what it calls knows the invocation, and lines that it writes name it. */
export function invoked<Answer>(
  work: (event: unknown) => Promise<Answer>,
): (event: unknown, context: unknown) => Promise<Answer> {
  let isFirst = true;
  return async (event, context) => {
    // Lambda sets the variable anew for each invocation, and before anything of it runs.
    const xrayHeader = process.env._X_AMZN_TRACE_ID;
    const invocation = { ...lambdaContext.parse(context), isFirst, xrayHeader };
    isFirst = false;
    const traceId = settleTraceId(readXRayHeader(xrayHeader)?.traceId);
    return invocations.run(invocation, () => inTrace(traceId, () => work(event)));
  };
}

/** The invocation under way; undefined outside any, as in tools and tests. */
export const currentInvocation = (): Invocation | undefined => invocations.getStore();

/** Milliseconds until Lambda ends the invocation under way; endless outside any. */
export const remainingMilliseconds = (): number =>
  invocations.getStore()?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY;
