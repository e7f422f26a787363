import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

const ID = '(?<id>(?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}';
/** Version 00 ends with its flags; a later one may say more, and begins the same way. */
const TRACEPARENT = [new RegExp(`^00-${ID}$`), new RegExp(`^(?!00|ff)[0-9a-f]{2}-${ID}(?:-.*)?$`)];
const XRAY_ROOT = /(?:^|;)Root=(?<root>1-(?<seconds>[0-9a-f]{8})-(?<rest>[0-9a-f]{24}))(?:;|$)/;

const traces = new AsyncLocalStorage<string>();

/** The trace id in a W3C `traceparent` header, or null for one that is absent or malformed. */
export function readTraceparent(header: string | undefined): string | null {
  if (header === undefined) return null;
  for (const form of TRACEPARENT) {
    const id = form.exec(header)?.groups?.id;
    if (id !== undefined) return id;
  }
  return null;
}

/** A trace as X-Ray names it, and as W3C does: the same 16 bytes. Null for a header that says neither. */
export function readXRayHeader(
  header: string | undefined,
): { readonly root: string; readonly traceId: string } | null {
  const { root, seconds, rest } = XRAY_ROOT.exec(header ?? '')?.groups ?? {};
  return root === undefined || seconds === undefined || rest === undefined
    ? null
    : { root, traceId: `${seconds}${rest}` };
}

/**
 * The trace that a piece of work belongs to, as 32 hexadecimal digits.
 * @param known the first that is not null counts; without any, the trace of the work around it, or else a new one.
 */
export const settleTraceId = (...known: readonly (string | null | undefined)[]): string =>
  known.find((id) => id != null) ?? traces.getStore() ?? randomBytes(16).toString('hex');

/** The trace of the work under way; undefined outside any. */
export const currentTraceId = (): string | undefined => traces.getStore();

/** Does work as a part of a trace: lines that it writes name the trace. */
export const inTrace = <Result>(traceId: string, work: () => Result): Result => traces.run(traceId, work);
