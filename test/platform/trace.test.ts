import { expect, it } from 'vitest';
import { inTrace, readTraceparent, readXRayHeader, settleTraceId } from '../../lambdas/platform/trace.ts';

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

it.each([
  ['version 00', `00-${id}-${span}-01`],
  ['flags that say not sampled', `00-${id}-${span}-00`],
  ['a later version', `cc-${id}-${span}-01`],
  ['a later version that says more', `cc-${id}-${span}-01-what-the-future-will-be-like`],
])('reads the trace of a traceparent of %s', (_, header) => {
  expect(readTraceparent(header)).toBe(id);
});

it.each([
  ['no header', undefined],
  ['an empty one', ''],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
  ['a parent of zeros', `00-${id}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${id.toUpperCase()}-${span}-01`],
  ['the version that never is', `ff-${id}-${span}-01`],
  ['version 00 that says more', `00-${id}-${span}-01-more`],
  ['a short trace', `00-${id.slice(1)}-${span}-01`],
  ['a long trace', `00-${id}0-${span}-01`],
  ['a header sent twice', `00-${id}-${span}-01,00-${id}-${span}-01`],
  ['spaces around it', ` 00-${id}-${span}-01 `],
  ['SQL', `00-${id}-${span}-01'; DROP TABLE raw.pending_requests; --`],
  ['a line feed', `00-${id}-${span}-01\n`],
])('reads nothing from %s', (_, header) => {
  expect(readTraceparent(header)).toBeNull();
});

it('takes X-Ray’s root for the same 16 bytes', () => {
  const root = '1-5759e988-bd862e3fe1be46a994272793';
  const traceId = '5759e988bd862e3fe1be46a994272793';
  for (const header of [
    `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1`,
    `Self=x;Root=${root}`,
    `Root=${root}`,
  ])
    expect(readXRayHeader(header)).toEqual({ root, traceId });
  for (const header of [undefined, '', 'Root=', 'Root=1-5759e988', `NotRoot=${root}x`])
    expect(readXRayHeader(header)).toBeNull();
});

it('prefers what the caller says, then the work around it, and else begins a trace', () => {
  const other = 'f'.repeat(32);
  expect(settleTraceId(id)).toBe(id);
  expect(inTrace(other, () => settleTraceId(null, id))).toBe(id);
  expect(inTrace(other, () => settleTraceId(null))).toBe(other);
  const begun = [settleTraceId(null), settleTraceId(undefined)];
  for (const each of begun) expect(readTraceparent(`00-${each}-${span}-01`)).toBe(each);
  expect(new Set(begun).size).toBe(2);
});
