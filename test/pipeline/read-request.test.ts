import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { limits } from '../../lambdas/event/limits.ts';
import { readRequest, unpackBody } from '../../lambdas/pipeline/read-request.ts';
import { Problem } from '../../lambdas/platform/problem.ts';

const problemOf = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
};
const read = (body: string | Buffer) => readRequest(Buffer.from(body));

describe('a compressed body', () => {
  const body = Buffer.from('{"event_type":"click"}');

  it.each([
    ['absent', undefined, body],
    ['empty', '', body],
    ['identity', 'identity', body],
    ['gzip', 'gzip', gzipSync(body)],
    ['GZIP with blanks', ' GZIP ', gzipSync(body)],
    ['br', 'br', brotliCompressSync(body)],
  ])('is unpacked when Content-Encoding is %s', (_, encoding, sent) => {
    expect(unpackBody(sent, encoding)).toEqual(body);
  });

  const bomb = Buffer.alloc(100 * 1_048_576, 0x20);
  it.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ])('of 100 MiB in a few kilobytes is refused unread: %s', (encoding, sent) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(problemOf(() => unpackBody(sent, encoding))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * limits.bodyBytes);
  });

  it.each([
    [limits.bodyBytes - 1, null],
    [limits.bodyBytes, null],
    [limits.bodyBytes + 1, 413],
  ])('of %i bytes when unpacked: %s', (size, status) => {
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ] as const) {
      const work = () => unpackBody(pack(Buffer.alloc(size, 0x20)), encoding);
      if (status === null) expect(work()).toHaveLength(size);
      else expect(problemOf(work).status).toBe(status);
    }
  });

  it('is unpacked once: a second layer is no JSON', () => {
    const unpacked = unpackBody(gzipSync(gzipSync(body)), 'gzip');
    expect(problemOf(() => readRequest(unpacked)).status).toBe(400);
  });

  it.each([
    ['plain text called gzip', 'gzip', body],
    ['plain text called br', 'br', body],
    ['brotli called gzip', 'gzip', brotliCompressSync(body)],
    ['a cut gzip', 'gzip', gzipSync(body).subarray(0, -4)],
    ['a cut brotli', 'br', brotliCompressSync(body).subarray(0, -2)],
    ['nothing called gzip', 'gzip', Buffer.alloc(0)],
  ])('that is not what it says is answered 400: %s', (_, encoding, sent) => {
    expect(problemOf(() => unpackBody(sent, encoding))).toMatchObject({
      status: 400,
      code: 'invalid_encoding',
    });
  });

  it.each([
    ['deflate', deflateSync(body)],
    ['zstd', zstdCompressSync(body)],
    ['gzip, gzip', gzipSync(gzipSync(body))],
    ['gzip;q=1', gzipSync(body)],
    ['__proto__', body],
  ])('of an encoding nobody offered is answered 415: %s', (encoding, sent) => {
    expect(problemOf(() => unpackBody(sent, encoding))).toMatchObject({
      status: 415,
      code: 'unsupported_encoding',
    });
  });
});

describe('a body that is no request', () => {
  it.each([
    ['nothing', '', 'invalid_json'],
    ['half an object', '{"event_type":"x"', 'invalid_json'],
    ['a byte order mark', '\uFEFF{"event_type":"x"}', 'invalid_json'],
    ['a raw NUL', '{"event_type":"x\0"}', 'invalid_json'],
    ['a raw line break in text', '{"event_type":"x\n"}', 'invalid_json'],
    ['UTF-16', Buffer.from('{"event_type":"x"}', 'utf16le'), 'invalid_json'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'invalid_utf8'],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8'],
    ['an overlong NUL', Buffer.from([0x22, 0xc0, 0x80, 0x22]), 'invalid_utf8'],
    ['null', 'null', 'not_an_event'],
    ['a number', '7', 'not_an_event'],
    ['text', '"event"', 'not_an_event'],
    ['an empty array', '[]', 'no_events'],
    ['an empty batch', '{"event_type":"batch","events":[]}', 'no_events'],
    ['a million brackets without end', '['.repeat(1_000_000), 'invalid_json'],
  ])('is answered 400: %s', (_, body, code) => {
    expect(problemOf(() => read(body))).toMatchObject({ status: 400, code });
  });
});

describe('the events of a body', () => {
  it('are one for an object', () => {
    const body = ' {"event_type" : "click"}\n';
    const { isBatch, items, refused } = read(body);
    expect({ isBatch, refused }).toEqual({ isBatch: false, refused: [] });
    expect(items.map(({ index, original, isAltered }) => [index, original.toString(), isAltered])).toEqual([
      [0, '{"event_type" : "click"}', false],
    ]);
  });

  const two = '{"event_type":"a","n":1.0} ,\n {"event_type":"b","n":1e2}';
  it.each([
    ['an array', `[ ${two} ]`],
    ['an envelope', `{"events":[${two}]}`],
    ['004’s batch', `{"event_type":"batch","event_id":"b1","timestamp":"no time","events":[${two}]}`],
    ['an envelope spelled with escapes', `{"\\u0065vents":[${two}]}`],
    ['the last of two lists', `{"events":[7],"events":[${two}]}`],
  ])('are those of %s, each with its own bytes', (_, body) => {
    const { isBatch, items, refused } = read(body);
    expect(isBatch).toBe(true);
    expect(refused).toEqual([]);
    expect(items.map(({ original }) => original.toString())).toEqual([
      '{"event_type":"a","n":1.0}',
      '{"event_type":"b","n":1e2}',
    ]);
    expect(items.map(({ event }) => event.type)).toEqual(['a', 'b']);
    expect(items.map(({ event }) => event.claimedTime)).toEqual([null, null]);
  });

  it('inherit from their envelope what they do not say themselves', () => {
    const { items, envelope } = read(
      '{"session_id":"s1","site":"x","events":[{"event_type":"a"},{"event_type":"b","session_id":"s2"}]}',
    );
    expect(items.map(({ event }) => event.values.sessionId)).toEqual(['s1', 's2']);
    expect(envelope).toEqual({ session_id: 's1', site: 'x' });
    expect(items.map(({ payload, isAltered }) => [payload, isAltered])).toEqual([
      [{ event_type: 'a' }, false],
      [{ event_type: 'b', session_id: 's2' }, false],
    ]);
    expect(items[0]?.original.toString()).toBe('{"event_type":"a"}');
  });

  it('are altered only where the database could not hold the original', () => {
    const { items } = read('[{"event_type":"a","t":"\\u0000🏿"},{"event_type":"b","t":"🏿"}]');
    expect(items.map(({ payload, isAltered }) => [payload.t, isAltered])).toEqual([
      ['\uFFFD🏿', true],
      ['🏿', false],
    ]);
  });

  it.each([
    'https://x.example/page1234',
    'page-e999',
    '0190e123-c0d0-7000-8000-00000e123456',
    'a,1e5',
    `${'7'.repeat(400)}`,
  ])('are not altered by text that looks like a number out of bounds: %s', (text) => {
    const { items } = read(JSON.stringify([{ event_type: 'a', page_url: text }]));
    expect(items.map(({ isAltered }) => isAltered)).toEqual([false]);
  });

  it.each(['1e400', '-1E-20000', '1e+131071', `${'9'.repeat(400)}`, `0.${'1'.repeat(20_000)}`])(
    'are altered where a number has no bounds: %s',
    (number) => {
      const { items } = read(`[{"event_type":"a","n": ${number}},{"event_type":"a","n":[1, ${number}]}]`);
      expect(items.map(({ isAltered }) => isAltered)).toEqual([true, true]);
    },
  );

  it('take the envelope as the database can hold it', () => {
    expect(read('{"site":"\\u0000","n":1e400,"events":[{"event_type":"a"}]}').envelope).toEqual({
      site: '\uFFFD',
      n: null,
    });
  });
});

describe('a bad event in a batch leaves its neighbours alone', () => {
  it.each([
    ['null', 'null', 'not_an_object'],
    ['a number', '7', 'not_an_object'],
    ['text with brackets', '"],[{"', 'not_an_object'],
    ['an array', '[{"event_type":"x"}]', 'not_an_object'],
    ['a batch', '{"events":[{"event_type":"x"}]}', 'nested_batch'],
    ['no type', '{}', 'missing_field'],
    ['too deep an event', `{"event_type":"x","a":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 'too_deep'],
    [
      'too many keys',
      `{"event_type":"x",${Array.from({ length: 50_000 }, (_, i) => `"${i}":0`).join(',')}}`,
      'too_many_keys',
    ],
    ['a bad number', '{"event_type":"x","evt_value":"many"}', 'invalid_field'],
    [
      'a list of ten thousand items',
      `{"event_type":"x","items":[${'{},'.repeat(10_000)}{}]}`,
      'too_many_items',
    ],
  ])('%s', (_, bad, code) => {
    const good = (index: number) => `{"event_type":"x","i":${index}}`;
    const sent = Array.from({ length: 10 }, (_unused, index) => (index === 4 ? bad : good(index)));
    const { items, refused } = read(`[${sent.join(',')}]`);
    expect(refused.map(({ index, faults }) => [index, faults[0]?.code])).toEqual([[4, code]]);
    expect(items.map(({ original }) => original.toString())).toEqual(
      sent.filter((_unused, index) => index !== 4),
    );
    expect(items.map(({ index }) => index)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9]);
  });
});

it('cannot be made to repeat a large envelope for every event', () => {
  const body = JSON.stringify({
    events: Array.from({ length: 1_000 }, () => ({ event_type: 'x' })),
    blob: 'x'.repeat(900_000),
  });
  expect(problemOf(() => read(body))).toMatchObject({ status: 413, code: 'envelope_too_large' });
});

it('is not broken by an envelope of any depth', () => {
  const deep = `${'['.repeat(4_000)}${']'.repeat(4_000)}`;
  const { items, refused } = read(`{"events":[{"event_type":"x"}],"deep":${deep}}`);
  expect(items).toEqual([]);
  expect(refused[0]?.faults[0]?.code).toBe('too_deep');
});
