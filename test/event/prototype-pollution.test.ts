import { expect, it } from 'vitest';
import { canonicalText } from '../../lambdas/event/event-id.ts';
import { readRequest } from '../../lambdas/pipeline/read-request.ts';

const poison = '{"polluted":true,"event_type":"polluted","polluted_list":[1]}';
const carriers = [
  '"__proto__":%',
  '"\\u005f_proto__":%',
  '"constructor":{"prototype":%}',
  '"prototype":%',
  '"__proto__.polluted":true',
  '"constructor.prototype.polluted":true',
  '"utm___proto__":%',
  '"__defineGetter__":%',
].map((carrier) => carrier.replace('%', poison));

const places: readonly [string, (carrier: string) => string][] = [
  ['the event', (carrier) => `{"event_type":"x",${carrier}}`],
  ['event_data', (carrier) => `{"event_type":"x","event_data":{${carrier}}}`],
  ['custom properties', (carrier) => `{"event_type":"x","custom_properties":{"deep":{${carrier}}}}`],
  ['an item', (carrier) => `{"event_type":"x","items":[{"id":"a",${carrier}}]}`],
  ['the envelope', (carrier) => `{"events":[{"event_type":"x"}],${carrier}}`],
  ['an event that needs care', (carrier) => `{"event_type":"x","nul":"\\u0000",${carrier}}`],
];

const cases = places.flatMap(([place, write]) =>
  carriers.map((carrier) => [place, carrier, write(carrier)] as const),
);

it.each(cases)('no object but its own changes: in %s %s', (_place, _carrier, body) => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  const { items } = readRequest(Buffer.from(body));
  expect(items).toHaveLength(1);
  const [item] = items;
  expect(item?.event.type).toBe('x');
  expect(Object.getPrototypeOf(item?.event.customProperties)).toBe(Object.prototype);
  expect(Object.getPrototypeOf(item?.payload)).toBe(Object.prototype);
  expect('polluted' in {}).toBe(false);
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
});

it('keeps __proto__ as the custom property it was sent as', () => {
  const { items } = readRequest(Buffer.from('{"event_type":"x","__proto__":{"a":1}}'));
  expect(canonicalText(items[0]?.event.customProperties)).toBe('{"__proto__":{"a":1}}');
});
