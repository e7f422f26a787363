import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cutText,
  makeStorable,
  mayNeedCare,
  measureElements,
  measureMembers,
  measureValue,
  storableText,
} from '../../lambdas/event/json-text.ts';

const textOf = (bytes: Buffer, { start, end }: { start: number; end: number }) =>
  bytes.toString('utf8', start, end);

describe('measuring a value', () => {
  it.each([
    ['{}', 1, 0],
    ['7', 0, 0],
    ['"{[:,]}"', 0, 0],
    ['{"a":1}', 1, 1],
    ['{"a":{"b":{"c":[1,[2]]}}}', 5, 3],
    ['[{"a":1},{"a":1,"b":2}]', 2, 3],
    ['{"\\"":"\\\\","b:":"{"}', 1, 2],
    ['{"a":[{"b":1}],"c":"🏿"}', 3, 3],
  ])('%s is %i deep and has %i keys', (text, depth, keys) => {
    expect(measureValue(Buffer.from(text), 0)).toEqual({
      start: 0,
      end: Buffer.byteLength(text),
      depth,
      keys,
    });
  });

  it('leaves out the blanks around it', () => {
    const bytes = Buffer.from(' \r\n\t{"a" : 1} \n ');
    expect(textOf(bytes, measureValue(bytes, 0))).toBe('{"a" : 1}');
  });

  it.each(['[', '{"a":'])('survives half a million of %s', (opening) => {
    const closing = opening === '[' ? ']' : '}';
    const bytes = Buffer.from(`${opening.repeat(500_000)}1${closing.repeat(500_000)}`);
    expect(measureValue(bytes, 0)).toMatchObject({ depth: 500_000, end: bytes.length });
  });
});

const json = fc.jsonValue({ maxDepth: 4 });

it('finds every element of an array where it stands', () => {
  fc.assert(
    fc.property(fc.array(json), fc.constantFrom('', ' ', '\n\t'), (values, blank) => {
      const bytes = Buffer.from(
        `${blank}[${values.map((value) => `${blank}${JSON.stringify(value, null, blank)}${blank}`).join(',')}${blank}]`,
      );
      const found = measureElements(bytes, measureValue(bytes, 0).start);
      expect(found.map((span) => JSON.parse(textOf(bytes, span)))).toEqual(JSON.parse(bytes.toString()));
    }),
  );
});

describe('the members of an object', () => {
  it('are found where they stand', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), json), (value) => {
        const bytes = Buffer.from(JSON.stringify(value, null, ' '));
        const found = [...measureMembers(bytes, 0)].map(([key, span]) => [
          key,
          JSON.parse(textOf(bytes, span)),
        ]);
        expect(Object.fromEntries(found)).toEqual(JSON.parse(bytes.toString()));
      }),
    );
  });

  it.each([
    ['the last of several with one name', '{"events":[1],"events":[2]}'],
    ['a name spelled with escapes', '{"\\u0065vents" : [2]}'],
    ['a name beside look-alikes', '{"a":"\\"events\\":[1]","events":[2]}'],
  ])('hold %s', (_, text) => {
    const bytes = Buffer.from(text);
    const span = measureMembers(bytes, 0).get('events');
    expect(span && textOf(bytes, span)).toBe('[2]');
  });
});

describe('text that the database cannot hold', () => {
  it.each([
    ['{"a":"x\\u0000y"}', { a: 'x\uFFFDy' }],
    ['{"a\\u0000":1}', { 'a\uFFFD': 1 }],
    ['{"a":"\\ud800"}', { a: '\uFFFD' }],
    ['{"a":"\\udc00\\ud800"}', { a: '\uFFFD\uFFFD' }],
    ['[["\\ud83c"]]', [['\uFFFD']]],
    ['{"a":1e400,"b":1}', { a: null, b: 1 }],
    ['{"a":-1e131072}', { a: null }],
    [`{"a":${'9'.repeat(400)}}`, { a: null }],
  ])('%s is replaced', (text, storable) => {
    expect(mayNeedCare(text)).toBe(true);
    expect(makeStorable(text, JSON.parse(text))).toEqual({ value: storable });
  });

  it.each(['{"a":"\\ud83c\\udfff"}', '{"a":"\\u00e9"}', '{"a":"🏿"}', '{"a":1e99}'])(
    '%s is no such text',
    (text) => {
      expect(makeStorable(text, JSON.parse(text))).toBeNull();
    },
  );

  it('asks for care wherever a value would change', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        if (!mayNeedCare(text)) expect(makeStorable(text, JSON.parse(text))).toBeNull();
      }),
    );
  });

  it('keeps 🏿 whole and replaces only what is broken', () => {
    expect(storableText('a\u0000🏿\ud83c')).toBe('a\uFFFD🏿\uFFFD');
  });
});

it.each([
  ['a🏿', 1, 'a'],
  ['a🏿', 2, 'a'],
  ['a🏿', 3, 'a🏿'],
  ['abc', 5, 'abc'],
])('%s cut to %i characters is %s, never half a character', (text, length, kept) => {
  expect(cutText(text, length)).toBe(kept);
});
