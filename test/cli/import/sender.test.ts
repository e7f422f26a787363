import { expect, test } from 'vitest';
import { backoff, retryAfterMs } from '../../../cli/import/sender.ts';

test('waiting times double up to a ceiling, with the jitter going down to nothing', () => {
  expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 0, () => 1))).toEqual([500, 1_000, 2_000, 4_000]);
  expect(backoff(50, 0, () => 1)).toBe(30_000);
  expect(backoff(50, 0, () => 0)).toBe(0);
});

test('no wait is shorter than Retry-After', () => {
  expect(backoff(0, 7_000, () => 0)).toBe(7_000);
  expect(backoff(1, 7_000, () => 0.5)).toBe(7_500);
});

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfterMs('3', now)).toBe(3_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5_000);
  expect(retryAfterMs('Wed, 31 Dec 2025 00:00:05 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBe(0);
  expect(retryAfterMs(null, now)).toBe(0);
});
