import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { problems } from '../../lambdas/api/problems.ts';
import { describeApi } from '../../lambdas/description/openapi.ts';
import { problemsOf } from '../../lambdas/description/openapi-responses.ts';
import { operations } from '../../lambdas/description/operations.ts';
import { limits } from '../../lambdas/event/limits.ts';
import { analyticsRoutes, ingestRoutes } from '../../lambdas/platform/routes.ts';
import { clientTypesFile, makeClientTypes } from '../../scripts/client-types.ts';
import { contract, description as text } from '../api/described.ts';

const repository = join(import.meta.dirname, '../..');

/** What the linter may say, and why it is left so. */
const exceptions = [
  // These need no token and read nothing of a request, so there is nothing to refuse.
  ...['/health', '/health/detailed', '/health/db', '/openapi.json', '/docs'].map(
    (path) => `operation-4xx-response #/paths/${path.replaceAll('/', '~1')}/get/responses`,
  ),
];

async function lint(document: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source: document, absoluteRef: 'openapi.json', config });
  return found.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`);
}

it('describes exactly the routes that are there', () => {
  expect(contract.calls.map(({ routeKey }) => routeKey).sort()).toEqual(
    [...ingestRoutes, ...analyticsRoutes].sort(),
  );
});

describe('the linter', () => {
  it('finds nothing but what is left so for a reason', async () => {
    expect((await lint(text)).sort()).toEqual(exceptions.sort());
  });

  it('finds a response without a description, and a security scheme that is not there', async () => {
    const broken = text
      .replace(/"description":"It answers\.",/, '')
      .replaceAll('"tenant":[]', '"customer":[]');
    expect((await lint(broken)).map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['struct', 'security-defined']),
    );
  });
});

describe.each(contract.calls)('$routeKey', (call) => {
  const { operation, path, method } = call;
  const example = ({ name, schema }: (typeof operation.parameters)[number], given: unknown) =>
    [name, String(given ?? schema.default ?? z.array(z.unknown()).parse(schema.enum ?? ['x'])[0])] as const;
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  const url = () => {
    const filled = inPath.reduce((made, parameter) => {
      const [name, value] = example(parameter, parameter.example);
      return made.replace(`{${name}}`, value);
    }, path);
    return new URL(filled, 'https://api.example');
  };
  const headers = (type?: string) =>
    new Headers({
      authorization: 'Bearer ovt_sec_example',
      'x-customer-id': 'acme',
      ...(type !== undefined && { 'content-type': type }),
    });

  const bodies = Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { examples }]) =>
    Object.entries(examples).map(([name, { value }]) => ({ type, name, value })),
  );
  it('has examples of bodies in every type that it takes, which fit', () => {
    const types = Object.keys(operation.requestBody?.content ?? {});
    expect([...new Set(bodies.map(({ type }) => type))]).toEqual(types);
    for (const { type, value } of bodies) {
      const body = typeof value === 'string' ? value : JSON.stringify(value);
      expect(contract.checkRequest({ method, url: url(), headers: headers(type), body })).toEqual([]);
    }
  });

  it('has examples of parameters that fit', () => {
    const [first] = bodies;
    for (const parameter of operation.parameters.filter((known) => known.example !== undefined)) {
      const asked = url();
      if (parameter.in === 'query') asked.searchParams.set(...example(parameter, parameter.example));
      const body = first === undefined ? '' : JSON.stringify(first.value);
      expect(
        contract.checkRequest({ method, url: asked, headers: headers(first?.type), body }),
        parameter.name,
      ).toEqual([]);
    }
  });

  it.each(Object.keys(operation.responses).map(Number))(
    'has examples of its answers with %d, which fit',
    (status) => {
      const documented = contract.responseOf(call, status);
      for (const [type, { example: one, examples }] of Object.entries(documented?.response.content ?? {})) {
        const values = one === undefined ? Object.values(examples).map(({ value }) => value) : [one];
        expect(values.length, type).toBeGreaterThan(0);
        for (const value of values) {
          const body = type.endsWith('json') ? JSON.stringify(value) : String(value);
          const all = new Headers({ 'content-type': type });
          const faults = contract.checkAnswer(call, { status, headers: all, body });
          expect(faults.filter((fault) => !/^header .* is missing$/.test(fault))).toEqual([]);
        }
      }
    },
  );
});

describe('problems', () => {
  const used = new Set(Object.values(operations).flatMap((operation) => problemsOf(operation)));
  it('are all in the table, and all of the table is answered by some call', () => {
    expect([...used].sort()).toEqual(Object.keys(problems).sort());
  });

  const raised = globSync('lambdas/**/*.ts', { cwd: repository }).flatMap((file) =>
    [...readFileSync(join(repository, file), 'utf8').matchAll(/new Problem\(\s*(\d+),\s*'(\w+)'/g)].map(
      ([, status, code]) => ({ file, status: Number(status), code: String(code) }),
    ),
  );
  it('that the code raises are in the table with their status', () => {
    const known = new Map(Object.entries(problems).map(([code, { status }]) => [code, status]));
    expect(raised.length).toBeGreaterThan(10);
    expect(raised.filter(({ code, status }) => known.get(code) !== status)).toEqual([]);
  });
});

it('publishes the limits', () => {
  for (const limit of [limits.bodyBytes, limits.eventsPerRequest, limits.jsonDepth, limits.objectKeys])
    expect(text).toContain(limit.toLocaleString('en'));
  expect(text).toContain(`"maxItems":${limits.eventsPerRequest}`);
  expect(text).toContain(`"maxLength":${limits.addressLength}`);
});

it('refuses two schemas of one name', () => {
  const named = (schema: z.ZodType) => ({
    ...operations['GET /health'],
    answers: {
      200: { description: 'x', content: { 'application/json': { schema, example: {} } } },
    },
  });
  const two = {
    'GET /a': named(z.object({ a: z.string() }).meta({ id: 'Twin' })),
    'GET /b': named(z.object({ b: z.string() }).meta({ id: 'Twin' })),
  };
  expect(() => describeApi({ ...operations, ...two })).toThrow('Twin');
});

it('has the client’s types as `npm run generate` writes them', async () => {
  expect(readFileSync(clientTypesFile, 'utf8')).toBe(await makeClientTypes());
});

it('has every problem in docs/api.md as the table has it', () => {
  const rows = readFileSync(join(repository, 'docs/api.md'), 'utf8').match(/^\| \d{3} \|.*$/gm);
  expect(rows).toEqual(
    Object.entries(problems).map(([code, { status, meaning }]) => `| ${status} | \`${code}\` | ${meaning} |`),
  );
});
