import { expect, test } from 'vitest';
import { eventId, Occurrences } from '../../../cli/import/event-id.ts';

const TIME = Date.UTC(2015, 4, 17, 10, 5, 3);
const line = Buffer.from('a line');

test('an id is the same on every machine and every day', () => {
  expect(eventId(line, TIME, 0)).toBe('014d6155-8098-7bad-8631-6b8c63831574');
});

test('an id has the shape of UUIDv7 and carries the time of its line', () => {
  for (let n = 0; n < 500; n += 1) {
    const id = eventId(Buffer.from(`line ${n}`), TIME + n, n);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(TIME + n);
  }
});

test('identical lines get different ids, and each of them the same one every time', () => {
  const ids = () => {
    const occurrences = new Occurrences();
    return [1, 2, 3].map(() => eventId(line, TIME, occurrences.next(line)));
  };
  expect(new Set(ids()).size).toBe(3);
  expect(ids()).toEqual(ids());
});

test('repetitions are told apart inside the window and forgotten beyond twice its size', () => {
  const occurrences = new Occurrences(2);
  const next = (text: string) => occurrences.next(Buffer.from(text));
  expect([next('a'), next('b'), next('a'), next('c')]).toEqual([0, 0, 1, 0]);
  // Its repetition kept "a", while "b" is two generations old.
  expect([next('a'), next('b')]).toEqual([2, 0]);
});
