import { describe, expect, it } from 'vitest';
import { parseEventTime, settleEventTime } from '../../lambdas/event/event-time.ts';
import { limits } from '../../lambdas/event/limits.ts';

describe('a time is read', () => {
  it.each([
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31t08:00:00z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31 08:00:00+00:00', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00.1Z', '2026-01-31T08:00:00.100Z'],
    ['2026-01-31T08:00:00.123456789Z', '2026-01-31T08:00:00.123Z'],
    ['2026-01-31T08:00:00+05:30', '2026-01-31T02:30:00.000Z'],
    ['2026-01-31T08:00:00-0330', '2026-01-31T11:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('from RFC 3339: %s', (text, instant) => {
    expect(parseEventTime(text)).toBe(Date.parse(instant));
  });

  it.each([
    ['seconds', 1_769_846_400, 1_769_846_400_000],
    ['fractions of a second', 1_769_846_400.25, 1_769_846_400_250],
    ['milliseconds', 1_769_846_400_123, 1_769_846_400_123],
    ['the first number taken as milliseconds', 100_000_000_000, 100_000_000_000],
    ['the last number taken as seconds', 99_999_999_999, 99_999_999_999_000],
  ])('from %s since 1970', (_, number, milliseconds) => {
    expect(parseEventTime(number)).toBe(milliseconds);
  });
});

it.each([
  '2026-02-30T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T08:60:00Z',
  '2026-01-31T08:00:61Z',
  '2026-01-31T08:00:00',
  '2026-01-31T08:00Z',
  '2026-01-31',
  '2026-01-31T08:00:00+24:00',
  '2026-01-31T08:00:00+99:00',
  '2026-01-31T08:00:00.Z',
  '0000-01-01T00:00:00Z',
  '-001-01-01T00:00:00Z',
  '275760-09-13T00:00:00Z',
  '294277-01-01T00:00:00Z',
  '２０２６-01-31T08:00:00Z',
  '2026-01-31T08:00:00Z\n',
  ' 2026-01-31T08:00:00Z',
  'now',
  'tomorrow',
  'epoch',
  'infinity',
  '-infinity',
  'J2451187',
  '1',
  '',
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1_769_846_400_123_456,
  1.769_846_4e18,
  true,
  null,
  undefined,
  {},
  [2026, 1, 31],
])('%j is no time', (value) => {
  expect(parseEventTime(value)).toBeNull();
});

describe('the time an event counts at', () => {
  const received = new Date('2026-01-31T08:00:00Z');
  const latest = received.getTime() + limits.futureToleranceMilliseconds;

  it.each([
    ['the oldest accepted', limits.oldestEventTime],
    ['the latest accepted', latest],
    ['an hour late', received.getTime() - 3_600_000],
  ])('is the client’s: %s', (_, claimed) => {
    expect(settleEventTime(claimed, received)).toEqual({ at: new Date(claimed), corrected: false });
  });

  it.each([
    ['a millisecond before the oldest', limits.oldestEventTime - 1],
    ['a millisecond past the latest', latest + 1],
    ['ten years ahead', received.getTime() + 10 * 365 * 86_400_000],
  ])('is the arrival, and is marked so: %s', (_, claimed) => {
    expect(settleEventTime(claimed, received)).toEqual({ at: received, corrected: true });
  });

  it('is the arrival, unmarked, when the client sent none', () => {
    expect(settleEventTime(null, received)).toEqual({ at: received, corrected: false });
  });
});
