import { expect, test } from 'vitest';
import { progressLine } from '../../../cli/import/progress.ts';

test('progress shows share, rates and time left where the size is known', () => {
  expect(progressLine({ lines: 12_000, events: 11_000, bytesRead: 250 }, 10, 1_000)).toBe(
    '[##------]  25 % ETA 0:30 · 12,000 lines · 1,200 lines/s · 1,100 events/s',
  );
  expect(progressLine({ lines: 10, events: 10, bytesRead: 1 }, 100, 100)).toContain('ETA 2:45:00');
});

test('progress shows rates alone where it is not', () => {
  expect(progressLine({ lines: 12_000, events: 11_000, bytesRead: 250 }, 10, undefined)).toBe(
    '12,000 lines · 1,200 lines/s · 1,100 events/s',
  );
});

test('progress says why nothing moves', () => {
  expect(
    progressLine({ lines: 5, events: 5, bytesRead: 0 }, 1, undefined, 'waiting 2.0 s: it answers 503'),
  ).toBe('5 lines · waiting 2.0 s: it answers 503');
});
