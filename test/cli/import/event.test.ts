import { expect, test } from 'vitest';
import { eventJson, siteFromFlag, siteFromReferrers } from '../../../cli/import/event.ts';
import { parseLogLine } from '../../../cli/import/log-line.ts';

function eventOf(client: string, request: string, end = ''): unknown {
  const line = parseLogLine(`${client} - - [17/May/2015:10:05:03 +0200] "${request}" 200 5${end}`);
  if (line === undefined) throw new Error(`not a log line: ${request}`);
  return JSON.parse(eventJson('an-id', 'page_view', line, 'https://site.example'));
}

test('an event holds every field of its line under the names of the tracking API', () => {
  expect(eventOf('192.0.2.7', 'GET /a?b=c HTTP/1.1', ' "http://ref.example/" "Agent"')).toEqual({
    event_id: 'an-id',
    event_type: 'page_view',
    timestamp: '2015-05-17T08:05:03.000Z',
    page_url: 'https://site.example/a?b=c',
    page_referrer: 'http://ref.example/',
    client_ip: '192.0.2.7',
    user_agent: 'Agent',
    event_data: { method: 'GET', status: 200, bytes: 5, protocol: 'HTTP/1.1', request_target: '/a?b=c' },
  });
});

test('a client given as a host name stands where the server makes a pseudonym of it, and nowhere else', () => {
  const event = eventOf('crawl.example', 'GET / HTTP/1.1');
  expect(event).toMatchObject({ client_ip: 'crawl.example' });
  expect(JSON.stringify(event).split('crawl.example')).toHaveLength(2);
});

test.each([
  ['GET //evil.example/x HTTP/1.1', 'https://site.example//evil.example/x'],
  ['GET http://other.example/p HTTP/1.1', 'http://other.example/p'],
  ['GET javascript://x HTTP/1.1', 'https://site.example/'],
  ['OPTIONS * HTTP/1.1', 'https://site.example/'],
  ['CONNECT x.example:443 HTTP/1.1', 'https://site.example/'],
])('%s leads to %s', (request, url) => {
  expect(eventOf('::1', request)).toMatchObject({ page_url: url });
});

test('what is no HTTP request belongs to the root of the site and keeps its text', () => {
  expect(eventOf('::1', String.raw`\x16\x03`)).toMatchObject({
    page_url: 'https://site.example/',
    event_data: { malformed_request: String.raw`\x16\x03` },
  });
});

test('the site is the host that refers most often, with the scheme it uses most', () => {
  const own = ['https://a.example/x', 'https://a.example/', 'http://a.example/'];
  expect(siteFromReferrers(['https://www.google.com/', 'android-app://mail', 'nonsense', ...own])).toBe(
    'https://a.example',
  );
  expect(siteFromReferrers([])).toBe('http://localhost');
});

test('a site given by hand is scheme and host only', () => {
  expect(siteFromFlag('https://a.example:8443/')).toBe('https://a.example:8443');
  for (const wrong of ['a.example', 'ftp://a.example', 'https://a.example/shop', 'https://a.example/?x']) {
    expect(() => siteFromFlag(wrong), wrong).toThrow('--site-url takes scheme and host');
  }
});
