import { expect, test } from 'vitest';
import { classify, EVENT_TYPES } from '../../../cli/import/classify.ts';
import { parseLogLine } from '../../../cli/import/log-line.ts';

function typeOf(request: string, status: number): string {
  const line = parseLogLine(`h - - [17/May/2015:10:05:03 +0000] "${request}" ${status} 1 "-" "a"`);
  if (line === undefined) throw new Error(`not a log line: ${request}`);
  return classify(line);
}

test.each([
  ['GET / HTTP/1.1', 200, 'page_view'],
  ['GET /style/ HTTP/1.1', 304, 'page_view'],
  ['GET /files/manual.pdf HTTP/1.1', 206, 'page_view'],
  ['GET /a.css/about?file=x.png HTTP/1.1', 200, 'page_view'],
  ['GET /css HTTP/1.1', 200, 'page_view'],
  ['GET /style.CSS?v=2 HTTP/1.1', 200, 'asset_request'],
  ['GET /robots.txt HTTP/1.1', 200, 'asset_request'],
  ['GET /favicon.ico HTTP/1.1', 304, 'asset_request'],
  ['GET /blog/feed.atom HTTP/1.1', 200, 'asset_request'],
  ['GET /a.b/c.woff2#x HTTP/1.1', 200, 'asset_request'],
  ['GET /old HTTP/1.1', 301, 'http_redirect'],
  ['POST /cart HTTP/1.1', 303, 'http_redirect'],
  ['GET /missing.png HTTP/1.1', 404, 'http_error'],
  ['POST /login HTTP/1.1', 500, 'http_error'],
  [String.raw`\x16\x03`, 400, 'http_error'],
  ['HEAD / HTTP/1.1', 200, 'http_request'],
  ['OPTIONS * HTTP/1.0', 200, 'http_request'],
  ['GET /socket HTTP/1.1', 101, 'http_request'],
  ['-', 200, 'http_request'],
])('%s with status %i is a %s', (request, status, type) => {
  expect(EVENT_TYPES).toContain(type);
  expect(typeOf(request, status)).toBe(type);
});
