import { describe, expect, it } from 'vitest';
import type { Fault } from '../../lambdas/event/fault.ts';
import { limits } from '../../lambdas/event/limits.ts';
import { readRequest, unpackBody } from '../../lambdas/pipeline/read-request.ts';
import { Problem } from '../../lambdas/platform/problem.ts';

/** The code a body is refused with as a whole or for its first event; null when everything in it is accepted. */
function verdict(body: string): string | null {
  try {
    const { refused } = readRequest(unpackBody(Buffer.from(body), undefined));
    return refused[0]?.faults[0]?.code ?? null;
  } catch (error) {
    if (error instanceof Problem) return `${error.status} ${error.code}`;
    throw error;
  }
}

const withField = (name: string, value: unknown): string =>
  JSON.stringify({ event_type: 'x', [name]: value });
const text = (name: string) => (length: number) => withField(name, 'x'.repeat(length));
const number = (name: string) => (value: number) => withField(name, value);
const repeat = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(',');

const tooLong: Fault['code'] = 'too_long';
const cases: readonly [string, (size: number) => string, number, string][] = [
  [
    'bytes of a body',
    (size) => `{"event_type":"x","a":"${'x'.repeat(size - 25)}"}`,
    limits.bodyBytes,
    '413 body_too_large',
  ],
  [
    'events of an array',
    (size) => `[${repeat(size, () => '{"event_type":"x"}')}]`,
    limits.eventsPerRequest,
    '413 too_many_events',
  ],
  [
    'events of an envelope',
    (size) => `{"events":[${repeat(size, () => '{"event_type":"x"}')}]}`,
    limits.eventsPerRequest,
    '413 too_many_events',
  ],
  [
    'levels of arrays',
    (size) => `{"event_type":"x","a":${'['.repeat(size - 1)}${']'.repeat(size - 1)}}`,
    limits.jsonDepth,
    'too_deep',
  ],
  [
    'levels of objects',
    (size) => `{"event_type":"x","a":${'{"a":'.repeat(size - 2)}{}${'}'.repeat(size - 2)}}`,
    limits.jsonDepth,
    'too_deep',
  ],
  [
    'levels of an envelope',
    (size) => `{"events":[{"event_type":"x"}],"a":${'['.repeat(size - 1)}${']'.repeat(size - 1)}}`,
    limits.jsonDepth,
    'too_deep',
  ],
  [
    'keys of one object',
    (size) => `{"event_type":"x",${repeat(size - 1, (index) => `"k${index}":0`)}}`,
    limits.objectKeys,
    'too_many_keys',
  ],
  [
    'keys of all objects together',
    (size) => `{"event_type":"x","a":[${repeat(size - 2, () => '{"k":0}')}]}`,
    limits.objectKeys,
    'too_many_keys',
  ],
  [
    'keys of an event and its envelope',
    (size) => `{"events":[{"event_type":"x","b":{"c":0}}],${repeat(size - 3, (index) => `"k${index}":0`)}}`,
    limits.objectKeys,
    'too_many_keys',
  ],
  [
    'bytes of an envelope',
    (size) => `{"events":[{"event_type":"x"}],"a":"${'x'.repeat(size - 2)}"}`,
    limits.envelopeBytes,
    '413 envelope_too_large',
  ],
  [
    'items of an event',
    (size) =>
      withField(
        'items',
        Array.from({ length: size }, (_, id) => ({ id })),
      ),
    limits.itemsPerEvent,
    'too_many_items',
  ],
  ['characters of a type', (size) => `{"event_type":"${'x'.repeat(size)}"}`, limits.nameLength, tooLong],
  ['characters of a category', text('evt_category'), limits.nameLength, tooLong],
  ['characters of an action', text('evt_action'), limits.nameLength, tooLong],
  ['characters of a label', text('evt_label'), limits.identifierLength, tooLong],
  ['characters of an event id', text('event_id'), limits.identifierLength, tooLong],
  ['characters of a session id', text('session_id'), limits.identifierLength, tooLong],
  ['characters of a visitor id', text('visitor_id'), limits.identifierLength, tooLong],
  ['characters of an address', text('page_url'), limits.addressLength, tooLong],
  ['characters of a title', text('page_title'), limits.addressLength, tooLong],
  ['characters of a referrer', text('page_referrer'), limits.addressLength, tooLong],
  ['characters of a user agent', text('user_agent'), limits.userAgentAccepted, tooLong],
  ['characters of an item type', text('item_type'), limits.itemWordLength, tooLong],
  ['characters of a currency', text('item_currency'), limits.currencyLength, tooLong],
  ['a whole number', number('evt_value'), limits.integerMax, 'invalid_field'],
  ['a price', number('item_value'), limits.decimalMagnitude, 'invalid_field'],
];

describe.each(cases)('%s', (_, build, limit, code) => {
  it.each([limit - 1, limit])('%i is accepted', (size) => {
    expect(verdict(build(size))).toBeNull();
  });

  it(`${limit + 1} is refused with ${code}`, () => {
    expect(verdict(build(limit + 1))).toBe(code);
  });
});

it.each([
  ['evt_value', limits.integerMin],
  ['item_value', -limits.decimalMagnitude],
])('%s reaches down to %i and no further', (name, least) => {
  expect(verdict(withField(name, least))).toBeNull();
  expect(verdict(withField(name, least - 1))).toBe('invalid_field');
});

it.each(['x', 'é', '🏿', '\u0301'])('counts characters as Postgres does, in any script: %s', (character) => {
  expect(verdict(withField('evt_label', character.repeat(limits.identifierLength)))).toBeNull();
  expect(verdict(withField('evt_label', character.repeat(limits.identifierLength + 1)))).toBe(tooLong);
});

it('names the field that is too long, and only its limit', () => {
  const { refused } = readRequest(Buffer.from(withField('evt_label', 'x'.repeat(256))));
  expect(refused[0]?.faults).toEqual([
    { code: 'too_long', pointer: '/evt_label', message: 'At most 255 characters are accepted here.' },
  ]);
});
