import { expect, it } from 'vitest';
import { Throttle } from '../../../local/gateway/throttle.ts';

it('a throttle admits its burst at once and then its rate', () => {
  let now = 0;
  const throttle = new Throttle({ rate: 10, burst: 3 }, () => now);
  const admitted = (attempts: number) =>
    Array.from({ length: attempts }, () => throttle.admit()).filter(Boolean).length;
  expect(admitted(10)).toBe(3);
  now += 200;
  expect(admitted(10)).toBe(2);
  now += 60_000;
  expect(admitted(10)).toBe(3);
});
