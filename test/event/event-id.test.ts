import { describe, expect, it } from 'vitest';
import {
  canonicalText,
  payloadFingerprint,
  registryKey,
  settleEventId,
} from '../../lambdas/event/event-id.ts';

const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const payload = { event_type: 'click', event_data: { x: 1, y: 2 } };

describe('the id of an event', () => {
  it('is the client’s UUID in lower case', () => {
    const sent = '01890A5D-AC96-774B-BCCE-B302099A8057';
    expect(settleEventId(payload, sent, 0, null)).toBe(sent.toLowerCase());
  });

  it.each(['evt_12345', '0', '01890a5dac96774bbcceb302099a8057', '🏿', `${'x'.repeat(255)}`])(
    'is a UUID made of any other id of the client, always the same: %s',
    (sent) => {
      const id = settleEventId(payload, sent, 0, null);
      expect(id).toMatch(UUID_8);
      expect(settleEventId({ other: true }, sent, 7, 123)).toBe(id);
      expect(settleEventId(payload, `${sent}.`, 0, null)).not.toBe(id);
    },
  );

  it('is made of the payload, whatever order its keys were sent in', () => {
    const id = settleEventId(payload, undefined, 0, null);
    expect(id).toMatch(UUID_8);
    expect(settleEventId({ event_data: { y: 2, x: 1 }, event_type: 'click' }, undefined, 0, null)).toBe(id);
  });

  it.each([
    ['another value', { ...payload, event_type: 'scroll' }, 0, null],
    ['another place in the request', payload, 1, null],
    ['another arrival of an event without a time', payload, 0, 1_769_846_400_000],
    ['a number in place of its text', { event_type: 'click', event_data: { x: '1', y: 2 } }, 0, null],
  ])('differs for %s', (_, other, ordinal, arrival) => {
    expect(settleEventId(other, undefined, ordinal, arrival)).not.toBe(
      settleEventId(payload, undefined, 0, null),
    );
  });
});

describe('the one spelling of a payload', () => {
  it.each([
    [{ b: 1, a: [{ d: 1, c: null }] }, '{"a":[{"c":null,"d":1}],"b":1}'],
    [{ 10: 'x', 9: 'y', a: true }, '{"10":"x","9":"y","a":true}'],
    [[], '[]'],
    ['é"', '"é\\""'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalText(value)).toBe(text);
  });

  it('holds __proto__ as any other key', () => {
    expect(canonicalText(JSON.parse('{"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1}}');
  });

  it('has a fingerprint that fits a signed bigint and tells payloads apart', () => {
    const marks = new Set(Array.from({ length: 2_000 }, (_, index) => payloadFingerprint(`{"a":${index}}`)));
    expect(marks.size).toBe(2_000);
    for (const mark of marks) expect(mark >= 0n && mark < 2n ** 63n).toBe(true);
  });
});

describe('the key of the registry', () => {
  const version7 = '01890a5d-ac96-774b-bcce-b302099a8057';

  it('differs between tenants with the same event id', () => {
    expect(registryKey('acme', version7)).not.toBe(registryKey('globex', version7));
  });

  it('cannot be forged by moving letters between tenant and id', () => {
    expect(registryKey('ab', 'c')).not.toBe(registryKey('a', 'bc'));
  });

  it('starts with the time of a time-ordered id, so that the index grows at one end', () => {
    expect(registryKey('acme', version7).slice(0, 13)).toBe(version7.slice(0, 13));
  });

  it('is a UUID', () => {
    expect(registryKey('acme', 'anything')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
