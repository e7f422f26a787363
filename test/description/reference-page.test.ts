import { describe, expect, it } from 'vitest';
import { answerDescription } from '../../lambdas/description/describe.ts';
import { pageFiles, referencePage } from '../../lambdas/description/reference-page.ts';
import { Problem } from '../../lambdas/platform/problem.ts';

const ask = (routeKey: Parameters<typeof answerDescription>[0], file?: string, etag?: string) =>
  answerDescription(routeKey, {
    headers: { 'if-none-match': etag },
    pathParameters: { file },
  });

describe.each([
  ['GET /openapi.json', undefined],
  ['GET /docs', undefined],
  ['GET /docs/{file}', 'swagger-ui.css'],
  ['GET /docs/{file}', 'swagger-ui-bundle.js'],
  ['GET /docs/{file}', 'start.js'],
] as const)('%s %s', (routeKey, file) => {
  const first = ask(routeKey, file);
  const etag = first.headers.etag ?? '';

  it('may be kept by everybody, and is not sent again to who has it', () => {
    expect(first).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'public, max-age=300' } });
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`])
      expect(ask(routeKey, file, known)).toMatchObject({ statusCode: 304, body: '', headers: { etag } });
  });

  it('is sent to who has another version', () => {
    expect(ask(routeKey, file, '"other"').statusCode).toBe(200);
  });
});

it.each([
  'package.json',
  '../package.json',
  '..%2f..%2fpackage.json',
  'swagger-ui.css.map',
  '',
  'constructor',
])('has no file "%s"', (file) => {
  expect(() => ask('GET /docs/{file}', file)).toThrow(Problem);
});

describe('the reference page', () => {
  const linked = [...referencePage.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);

  it('loads only files of its own, all of which are there', () => {
    const files = linked.filter((target) => target !== 'data:,');
    expect(files.length).toBeGreaterThan(2);
    expect(files.map((target) => target.replace(/^docs\//, '')).sort()).toEqual([...pageFiles.keys()].sort());
  });

  it('runs nothing and styles nothing that stands in the page itself', () => {
    const policy = ask('GET /docs').headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(referencePage).not.toMatch(/<style|<script>|\sstyle=|\son\w+=/);
  });
});
