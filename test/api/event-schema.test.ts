import { expect, it } from 'vitest';
import { limits } from '../../lambdas/event/limits.ts';
import { namedFields, readPayload } from '../../lambdas/event/payload.ts';
import { contract } from './described.ts';
import { calledBy } from './setting.ts';

const values = [
  ...['', 'x', 'x'.repeat(10), '😀'.repeat(limits.nameLength), 'yes', 'no', 'true', 'false', 'unspecified'],
  ...[10, 11, 50, 51, 100, 101, 255, 256, 2_048, 2_049, 8_192, 8_193].map((length) => 'x'.repeat(length)),
  ...['1', '-1', ' 7 ', '7.0', '7.5', '1e3', '0x10', '123456789012345'],
  ...[0, 1, -1, 2, 7.5, limits.integerMax, limits.integerMax + 1, limits.decimalMagnitude],
  ...[true, false, null, [], {}, ['x'], { x: 1 }],
];
/** The description promises any text for a time; which texts are one, no pattern says. */
const times = ['timestamp', 'event_timestamp'];
const fields = Object.keys(namedFields).filter((name) => !times.includes(name));

const isDescribed = (name: string, value: unknown): boolean =>
  contract.checkRequest({
    method: 'POST',
    url: new URL('https://api.example/api/v1/track'),
    headers: new Headers({ ...calledBy('ovt_sec_example', 'acme'), 'content-type': 'application/json' }),
    body: JSON.stringify({ [name]: value }),
  }).length === 0;
const isTaken = (name: string, value: unknown): boolean => readPayload({ [name]: value }).faults.length === 0;

it.each(fields)('%s takes exactly the values that the description allows', (name) => {
  const described = values.filter((value) => isDescribed(name, value));
  expect(described).toEqual(values.filter((value) => isTaken(name, value)));
  expect(described.length).toBeGreaterThan(0);
  expect(described.length).toBeLessThan(values.length);
});
