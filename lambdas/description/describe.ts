import { createHash } from 'node:crypto';
import type { HttpAnswer, HttpRequest } from '../platform/http.ts';
import { notFound } from '../platform/problem.ts';
import type { DescriptionRoute } from './description-operations.ts';
import { describeApi } from './openapi.ts';
import { operations } from './operations.ts';
import { pageFiles, pagePolicy, referencePage } from './reference-page.ts';

interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly etag: string;
}

function page(mediaType: string, body: string, headers: Readonly<Record<string, string>> = {}): Page {
  return {
    headers: { 'content-type': mediaType, 'x-content-type-options': 'nosniff', ...headers },
    body,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`,
  };
}

/** Pages are made when they are first asked for, since most processes never are, and then kept. */
const made = new Map<string, Page>();

function pageNamed(name: string, make: () => Page): Page {
  const known = made.get(name) ?? make();
  made.set(name, known);
  return known;
}

function find(routeKey: DescriptionRoute, file: string): Page {
  switch (routeKey) {
    case 'GET /openapi.json':
      return pageNamed(routeKey, () => page('application/json', JSON.stringify(describeApi(operations))));
    case 'GET /docs':
      return pageNamed(routeKey, () =>
        page('text/html; charset=utf-8', referencePage, { 'content-security-policy': pagePolicy }),
      );
    case 'GET /docs/{file}': {
      const known = pageFiles.get(file);
      if (known === undefined) throw notFound();
      return pageNamed(`${routeKey} ${file}`, () => page(`${known.mediaType}; charset=utf-8`, known.read()));
    }
  }
}

/**
 * Answers the calls that describe the API: the same for everybody, so anybody may keep the answer.
 * @throws Problem 404 for a file that the reference page does not have.
 */
export function answerDescription(
  routeKey: DescriptionRoute,
  {
    headers,
    pathParameters,
  }: Pick<HttpRequest, 'headers'> & { pathParameters: Record<string, string | undefined> },
): HttpAnswer {
  const found = find(routeKey, pathParameters.file ?? '');
  const caching = { 'cache-control': 'public, max-age=300', etag: found.etag };
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return known.includes(found.etag)
    ? { statusCode: 304, headers: caching, body: '' }
    : { statusCode: 200, headers: { ...found.headers, ...caching }, body: found.body };
}
