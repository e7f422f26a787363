import { describe, expect, test } from 'vitest';
import { parseLogLine, parseLogTime } from '../../../cli/import/log-line.ts';

const TIME = '[17/May/2015:10:05:03 +0000]';
const plain = `83.149.9.216 - - ${TIME} "GET /a HTTP/1.1" 200 203 "http://semicomplete.com/" "Mozilla/5.0"`;

describe('a well-formed line', () => {
  test('gives every field of the combined format', () => {
    expect(parseLogLine(plain)).toEqual({
      client: '83.149.9.216',
      time: Date.UTC(2015, 4, 17, 10, 5, 3),
      request: { method: 'GET', target: '/a', protocol: 'HTTP/1.1' },
      loggedRequest: 'GET /a HTTP/1.1',
      status: 200,
      bytes: 203,
      referrer: 'http://semicomplete.com/',
      userAgent: 'Mozilla/5.0',
      truncated: false,
    });
  });

  test.each([
    ['common format', `h - - ${TIME} "GET / HTTP/1.0" 200 -`, { bytes: undefined, referrer: undefined }],
    [
      '"-" for referrer and agent',
      `::1 - - ${TIME} "GET / HTTP/1.0" 200 0 "-" "-"`,
      { referrer: undefined, userAgent: undefined },
    ],
    ['IPv6', `2001:db8::1 - - ${TIME} "GET / HTTP/2.0" 200 5 "-" "a"`, { client: '2001:db8::1' }],
    [
      'host name',
      `crawl-1.example.net - - ${TIME} "GET / HTTP/2.0" 200 5 "-" "a"`,
      { client: 'crawl-1.example.net' },
    ],
    ['user name with spaces', `h - frank smith ${TIME} "GET / HTTP/1.0" 200 1 "-" "a"`, { status: 200 }],
    [
      'fields after the agent',
      `h - - ${TIME} "GET / HTTP/1.0" 200 1 "-" "a" "10.0.0.1" 0.003`,
      { userAgent: 'a' },
    ],
    [
      'quotes in the agent',
      String.raw`h - - ${TIME} "GET / HTTP/1.0" 200 1 "-" "say \"hi\" \\ bye"`,
      { userAgent: String.raw`say "hi" \ bye` },
    ],
    [
      'UTF-8 in the agent',
      String.raw`h - - ${TIME} "GET / HTTP/1.0" 200 1 "-" "gr\xc3\xbcn"`,
      { userAgent: 'grün' },
    ],
    [
      'windows-1252 in the agent',
      String.raw`h - - ${TIME} "GET / HTTP/1.0" 200 1 "-" "gr\xfcn"`,
      { userAgent: 'grün' },
    ],
    [
      'controls in the agent stay escaped',
      String.raw`h - - ${TIME} "GET / HTTP/1.0" 200 1 "-" "a\x1b[2Jb\n"`,
      { userAgent: String.raw`a\x1b[2Jb\n` },
    ],
    [
      'raw controls in the agent get escaped',
      `h - - ${TIME} "GET / HTTP/1.0" 200 1 "-" "a\u001bb\0"`,
      { userAgent: String.raw`a\x1bb\x00` },
    ],
    [
      'any encoding in the referrer',
      String.raw`h - - ${TIME} "GET / HTTP/1.0" 200 1 "http://\xe4\xe5.\xf0\xf4/" "a"`,
      { referrer: 'http://%E4%E5.%F0%F4/' },
    ],
    [
      'spaces in the target',
      `h - - ${TIME} "GET /a b c HTTP/1.1" 200 1 "-" "a"`,
      { request: { method: 'GET', target: '/a%20b%20c', protocol: 'HTTP/1.1' } },
    ],
    [
      'quote in the target',
      String.raw`h - - ${TIME} "GET /a\"b HTTP/1.1" 200 1 "-" "a"`,
      { request: { method: 'GET', target: '/a"b', protocol: 'HTTP/1.1' } },
    ],
    [
      'HTTP/0.9',
      `h - - ${TIME} "GET /" 200 1 "-" "a"`,
      { request: { method: 'GET', target: '/', protocol: undefined } },
    ],
    ['no request', `h - - ${TIME} "-" 408 - "-" "-"`, { request: undefined, loggedRequest: '-' }],
    [
      'TLS on a plain port',
      String.raw`h - - ${TIME} "\x16\x03\x01" 400 226 "-" "-"`,
      { request: undefined, loggedRequest: String.raw`\x16\x03\x01` },
    ],
    [
      'a target of its own scheme',
      `h - - ${TIME} "GET http://x.example/p HTTP/1.1" 200 1 "-" "a"`,
      { request: { method: 'GET', target: 'http://x.example/p', protocol: 'HTTP/1.1' } },
    ],
    [
      'CONNECT',
      `h - - ${TIME} "CONNECT x.example:443 HTTP/1.1" 405 1 "-" "a"`,
      { request: { method: 'CONNECT', target: 'x.example:443', protocol: 'HTTP/1.1' } },
    ],
    [
      'cut off inside the agent',
      `h - - ${TIME} "GET / HTTP/1.1" 200 1 "-" "Mozilla/5.0 (comp`,
      { userAgent: 'Mozilla/5.0 (comp', truncated: true },
    ],
  ])('%s', (_, line, expected) => {
    expect(parseLogLine(line)).toMatchObject(expected);
  });
});

test.each([
  ['empty', ''],
  ['prose', 'hello world'],
  ['no time', 'h - - "GET / HTTP/1.1" 200 1 "-" "a"'],
  ['cut off inside the referrer', `h - - ${TIME} "GET / HTTP/1.1" 200 1 "http://a`],
  ['cut off inside the request', `h - - ${TIME} "GET / HT`],
  ['no status', `h - - ${TIME} "GET / HTTP/1.1" - 1 "-" "a"`],
  ['unescaped quotes in the agent', `h - - ${TIME} "GET / HTTP/1.1" 200 1 "-" "a"b" c"`],
  ['cut off inside an escape', `h - - ${TIME} "GET / HTTP/1.1" 200 1 "-" "a\\`],
  ['a virtual host before the client', `example.com:443 h - - ${TIME} "GET / HTTP/1.1" 200 1 "-" "a"`],
  ['NULs in front', `\0\0${plain}`],
])('a malformed line is recognised: %s', (_, line) => {
  expect(parseLogLine(line)).toBeUndefined();
});

test('a hostile line is refused without backtracking for ever', () => {
  expect(parseLogLine(`h ${' [x] "'.repeat(20_000)}`)).toBeUndefined();
  expect(parseLogLine(`h - - ${TIME} "${'\\"'.repeat(60_000)}`)).toBeUndefined();
});

describe('the time of a line', () => {
  test.each([
    ['17/May/2015:10:05:03 +0000', '2015-05-17T10:05:03.000Z'],
    ['17/May/2015:10:05:03 +0200', '2015-05-17T08:05:03.000Z'],
    ['31/Dec/2015:23:30:00 -0530', '2016-01-01T05:00:00.000Z'],
    ['29/Feb/2024:00:00:00 +0000', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(parseLogTime(text) ?? Number.NaN).toISOString()).toBe(iso);
  });

  test.each([
    '31/Apr/2015:10:05:03 +0000',
    '29/Feb/2023:00:00:00 +0000',
    '00/May/2015:10:05:03 +0000',
    '17/Mai/2015:10:05:03 +0000',
    '17/May/2015:24:00:00 +0000',
    '17/May/2015:10:60:03 +0000',
    '17/May/2015:10:05:60 +0000',
    '17/May/2015:10:05:03 +0060',
    '17/May/2015:10:05:03 +9900',
    '17/May/1969:10:05:03 +0000',
    '17/May/2015:10:05:03',
    '17/May/2015 10:05:03 +0000',
  ])('%s is no time', (text) => {
    expect(parseLogTime(text)).toBeUndefined();
  });
});
