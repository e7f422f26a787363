import { describe, expect, it } from 'vitest';
import {
  canonicalText,
  derivedEventId,
  payloadFingerprint,
  registryKey,
  settleEventId,
} from '../../lambdas/event/event-id.ts';

const UUID_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('the id of an event', () => {
  it('is the client’s UUID in lower case', () => {
    const sent = '01890A5D-AC96-774B-BCCE-B302099A8057';
    expect(settleEventId(sent)).toBe(sent.toLowerCase());
  });

  it.each(['evt_12345', '0', '01890a5dac96774bbcceb302099a8057', '🏿', `${'x'.repeat(255)}`])(
    'is a UUID made of any other id of the client, always the same: %s',
    (sent) => {
      const id = settleEventId(sent);
      expect(id).toMatch(UUID_8);
      expect(settleEventId(sent)).toBe(id);
      expect(settleEventId(`${sent}.`)).not.toBe(id);
    },
  );
});

describe('the id of an event that has none', () => {
  const text = canonicalText({ event_type: 'click', event_data: { x: 1, y: 2 } });
  const visitor = Buffer.from('visitor');

  it('is made of the payload, whatever order its keys were sent in', () => {
    const id = derivedEventId(text, 0, visitor, true);
    expect(id).toMatch(UUID_8);
    const reordered = canonicalText({ event_data: { y: 2, x: 1 }, event_type: 'click' });
    expect(derivedEventId(reordered, 0, visitor, true)).toBe(id);
  });

  it.each([
    ['another value', canonicalText({ event_type: 'scroll', event_data: { x: 1, y: 2 } }), 0, visitor],
    [
      'a number in place of its text',
      canonicalText({ event_type: 'click', event_data: { x: '1', y: 2 } }),
      0,
      visitor,
    ],
    ['another place in the request', text, 1, visitor],
    ['another visitor', text, 0, Buffer.from('another')],
  ])('differs for %s', (_, other, ordinal, who) => {
    expect(derivedEventId(other, ordinal, who, true)).not.toBe(derivedEventId(text, 0, visitor, true));
  });

  it('is new each time for an event without a time of its own: two equal clicks are two clicks', () => {
    expect(derivedEventId(text, 0, visitor, false)).not.toBe(derivedEventId(text, 0, visitor, false));
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
