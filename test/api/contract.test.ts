import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createApiClient } from '../../cli/api/client.ts';
import { type ProblemCode, problems } from '../../lambdas/api/problems.ts';
import { problemsOf } from '../../lambdas/description/openapi-responses.ts';
import { operations } from '../../lambdas/description/operations.ts';
import { runPrivacyJobs } from '../../lambdas/lifecycle/privacy-jobs/run-jobs.ts';
import type { RouteKey } from '../../lambdas/platform/routes.ts';
import { scopes } from '../../lambdas/tenancy/scope.ts';
import { createToken } from '../../lambdas/tenancy/token.ts';
import { silent } from '../support/pipeline.ts';
import { until } from '../support/stack.ts';
import type { DescribedCall, ReceivedAnswer } from './contract.ts';
import { contract } from './described.ts';
import { provocations } from './provocations.ts';
import { type Call, calledBy, type Setting, startSetting, storedEvent } from './setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
  const track = contract.callOf('POST', '/api/v1/track');
  await setting.send({ ...callOf(track), body: JSON.stringify(storedEvent) });
  const lineage = callOf(contract.callOf('GET', '/api/v1/events/x/lineage'));
  await until('the event is in the vault', async () => {
    const { body } = await setting.send(lineage);
    return (
      z.looseObject({ data: z.looseObject({ vault: z.unknown() }).optional() }).parse(JSON.parse(body)).data
        ?.vault != null
    );
  });
  await setting.send(callOf(contract.callOf('POST', '/api/v1/visitors/x/export')));
  await runPrivacyJobs(setting.pool, silent);
});
afterAll(() => setting?.stop());

/** Files of the reference page by what they are. */
const fileOfType: Readonly<Record<string, string>> = {
  'text/css': 'swagger-ui.css',
  'text/javascript': 'swagger-ui-bundle.js',
};

const scopeOf = ({ operation }: DescribedCall): string | undefined => operation.security[0]?.token?.[0];
const codesOf = ({ routeKey }: DescribedCall): ProblemCode[] => {
  const known = Object.entries(operations).find(([key]) => key === routeKey);
  return known === undefined ? [] : problemsOf(known[1]);
};
const secured = contract.calls.filter((call) => scopeOf(call) !== undefined);

const examplesOf = ({ operation }: DescribedCall, type: string): unknown[] =>
  Object.values(operation.requestBody?.content[type]?.examples ?? {}).map(({ value }) => value);

/** The call as its description shows it, made by the least of the tenant's tokens that may make it. */
function callOf(described: DescribedCall): Call {
  const { tokens, tenant } = setting;
  const scope = scopeOf(described);
  const token =
    scope === 'events:write'
      ? tokens.secret
      : scope === 'pipeline:run' || scope === 'visitors:manage'
        ? tokens.admin
        : tokens.read;
  const [body] = examplesOf(described, 'application/json');
  const id = scope === 'visitors:manage' ? storedEvent.visitor_id : storedEvent.event_id;
  const values: Record<string, string> = { id, file: 'swagger-ui.css' };
  const names = described.operation.parameters
    .filter(({ in: place }) => place === 'path')
    .map(({ name }) => name);
  return {
    described,
    path: Object.fromEntries(names.map((name) => [name, values[name] ?? ''])),
    query: {},
    headers: {
      ...(scope !== undefined && calledBy(token, tenant.id)),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

const problem = z.looseObject({ code: z.string() });
const verdictOf = ({ status, body }: ReceivedAnswer) => ({
  status,
  code: problem.parse(JSON.parse(body)).code,
});

describe.each(contract.calls)('$routeKey', (described) => {
  const success = Number(Object.keys(described.operation.responses).find((status) => status.startsWith('2')));

  it('answers as it is described', async () => {
    expect((await setting.send(callOf(described))).status).toBe(success);
  });

  it.each(examplesOf(described, 'application/json').map((body) => ({ body })))(
    'takes the example $body',
    async ({ body }) => {
      const { status } = await setting.send({ ...callOf(described), body: JSON.stringify(body) });
      expect(status).toBe(success);
    },
  );

  it.each(examplesOf(described, 'text/plain').map((text) => ({ text })))(
    'takes $text from a page that is being closed',
    async ({ text }) => {
      const { tenant } = setting;
      const event = z.looseObject({}).parse(JSON.parse(String(text)));
      const body = JSON.stringify({ ...event, token: tenant.tokens.public, customer_id: tenant.id });
      const { status } = await setting.send({
        ...callOf(described),
        headers: { 'content-type': 'text/plain' },
        body,
      });
      expect(status).toBe(success);
    },
  );

  const values = described.operation.parameters
    .filter(({ in: place }) => place === 'query')
    .flatMap(({ name, example, schema }) => {
      const all = [example, schema.default, ...z.array(z.unknown()).parse(schema.enum ?? [])];
      return [...new Set(all.filter((value) => value !== undefined).map(String))].map((value) => ({
        name,
        value,
      }));
    });
  it.each(values)('takes $name=$value', async ({ name, value }) => {
    expect((await setting.send({ ...callOf(described), query: { [name]: value } })).status).toBe(success);
  });

  const types = Object.keys(contract.responseOf(described, success)?.response.content ?? {});
  it.each(types.map((type) => ({ type })))('answers in $type when asked to', async ({ type }) => {
    const call = callOf(described);
    const path = described.routeKey === 'GET /docs/{file}' ? { file: fileOfType[type] ?? '' } : call.path;
    const answer = await setting.send({ ...call, path, headers: { ...call.headers, accept: type } });
    expect(answer.headers.get('content-type')?.split(';')[0]).toBe(type);
  });

  const keepable = Object.keys(described.operation.responses).filter((status) => status === '304');
  it.each(keepable)('answers %s to who has the current version', async (unchanged) => {
    const call = callOf(described);
    const etag = (await setting.send(call)).headers.get('etag') ?? '';
    const { status } = await setting.send({ ...call, headers: { 'if-none-match': etag } });
    expect(status).toBe(Number(unchanged));
  });

  const provoked = codesOf(described).filter((code) => provocations[code] !== null);
  it.each(provoked.map((code) => ({ code })))('answers $code when that is so', async ({ code }) => {
    const call = provocations[code]?.(callOf(described), setting) ?? callOf(described);
    const expected = { status: problems[code].status, code };
    let answer = await setting.send(call, { isMeantToFit: false });
    // The quota of a limited token takes a few calls to use up; every other problem is there at once.
    for (let calls = 1; code === 'rate_limited' && answer.status !== 429 && calls < 30; calls += 1)
      answer = await setting.send(call, { isMeantToFit: false });
    expect(verdictOf(answer)).toEqual(expected);
  });
});

it('serves the description that these tests hold it against', async () => {
  const { body } = await setting.send(callOf(contract.callOf('GET', '/openapi.json')));
  const described = Object.keys(z.looseObject({ paths: z.looseObject({}) }).parse(JSON.parse(body)).paths);
  expect(described.sort()).toEqual([...new Set(contract.calls.map(({ path }) => path))].sort());
});

describe('who may call', () => {
  const strangers: [string, (setting: Setting) => Record<string, string>][] = [
    ['nobody', () => ({})],
    ['a tenant without a token', ({ tenant }) => ({ 'x-customer-id': tenant.id })],
    ['a token without a tenant', ({ tokens }) => ({ authorization: `Bearer ${tokens.admin}` })],
    [
      'a token with a wrong checksum',
      ({ tokens, tenant }) => calledBy(`${tokens.admin.slice(0, -1)}-`, tenant.id),
    ],
    ['a token that was never issued', ({ tenant }) => calledBy(createToken('admin'), tenant.id)],
    ['a token with another tenant’s id', ({ tokens, other }) => calledBy(tokens.admin, other.id)],
    ['another tenant’s token', ({ other, tenant }) => calledBy(other.tokens.admin, tenant.id)],
    ['an unknown tenant', ({ tokens }) => calledBy(tokens.admin, 'nobody')],
    ['a revoked token', ({ tokens, tenant }) => calledBy(tokens.revoked, tenant.id)],
    ['an expired token', ({ tokens, tenant }) => calledBy(tokens.expired, tenant.id)],
  ];
  const ownHeaders = ['apigw-requestid', 'date', 'x-trace-id'];
  const shape = ({ status, headers, body }: ReceivedAnswer) => ({
    status,
    body,
    headers: [...headers].filter(([name]) => !ownHeaders.includes(name)),
  });

  it.each(secured)('$routeKey answers every stranger alike', async (described) => {
    const { authorization, 'x-customer-id': tenant, ...headers } = callOf(described).headers;
    const shapes = new Map<string, string>();
    for (const [name, credentials] of strangers) {
      const call = { ...callOf(described), headers: { ...headers, ...credentials(setting) } };
      const answer = await setting.send(call, { isMeantToFit: false });
      expect(verdictOf(answer), name).toEqual({ status: 401, code: 'unauthorized' });
      shapes.set(name, JSON.stringify(shape(answer)));
    }
    expect(new Set(shapes.values()).size, JSON.stringify([...shapes])).toBe(1);
  });

  it.each(secured)(
    '$routeKey takes an admin token made for it, and none made for anything else',
    async (described) => {
      const call = callOf(described);
      for (const scope of scopes) {
        const { token } = await setting.issue('admin', { scopes: [scope] });
        const headers = { ...call.headers, ...calledBy(token, setting.tenant.id) };
        const answer = await setting.send({ ...call, headers });
        if (scope === scopeOf(described)) expect(answer.status, scope).toBeLessThan(300);
        else expect(verdictOf(answer), scope).toEqual({ status: 403, code: 'token_not_allowed' });
      }
    },
  );

  it('lets everybody make the calls that need no token', () => {
    const open = contract.calls.filter((call) => scopeOf(call) === undefined).map(({ routeKey }) => routeKey);
    expect(open.sort()).toEqual(
      [
        'GET /health',
        'GET /health/db',
        'GET /health/detailed',
        'GET /openapi.json',
        'GET /docs',
        'GET /docs/{file}',
      ].sort(),
    );
  });
});

describe('the typed client', () => {
  const client = () =>
    createApiClient({ apiUrl: setting.url, tenant: setting.tenant.id, token: setting.tenant.tokens.admin });

  it('sends an event and finds it again', async () => {
    const { data } = await client().POST('/api/v1/track', {
      body: { event_type: 'click', item_id: 'sku-1' },
    });
    const id = data !== undefined && 'event_id' in data ? data.event_id : null;
    const lineage = await client().GET('/api/v1/events/{id}/lineage', { params: { path: { id: id ?? '' } } });
    expect(lineage.data?.data).toMatchObject({ event_id: id, raw: { site_id: 'main' } });
  });

  it('joins the values of a filter by commas', async () => {
    const { data } = await client().GET('/api/v1/analytics/events', {
      params: { query: { event: ['page_view', 'never_sent'] } },
    });
    expect(data?.data.rows.map(({ event }) => event)).toEqual(['page_view']);
  });

  it('gives the problem of a refused call', async () => {
    const { error } = await client().GET('/api/v1/analytics', { params: { query: { site: 'nowhere' } } });
    expect(error).toMatchObject({ code: 'unknown_site' });
  });
});

describe('with a database that is away', () => {
  const roles = ['onevault_ingest', 'onevault_reader'];
  const lock = async (may: 'LOGIN' | 'NOLOGIN') => {
    for (const role of roles) await setting.pool.query(`ALTER ROLE ${role} ${may}`);
    await setting.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY ($1)',
      [roles],
    );
  };
  beforeAll(() => lock('NOLOGIN'));
  afterAll(() => lock('LOGIN'));

  /** They need no database. */
  const steady: RouteKey[] = ['GET /health', 'GET /openapi.json', 'GET /docs', 'GET /docs/{file}'];
  /** They say themselves what is away. */
  const health: RouteKey[] = ['GET /health/detailed', 'GET /health/db'];

  it.each(secured)('$routeKey asks to be called again', async (described) => {
    const answer = await setting.send(callOf(described));
    expect(verdictOf(answer)).toEqual({ status: 503, code: 'temporarily_unavailable' });
  });

  it.each(contract.calls.filter(({ routeKey }) => steady.some((key) => key === routeKey)))(
    '$routeKey answers',
    async (described) => {
      expect((await setting.send(callOf(described))).status).toBe(200);
    },
  );

  it.each(contract.calls.filter(({ routeKey }) => health.some((key) => key === routeKey)))(
    '$routeKey says so',
    async (described) => {
      const answer = await setting.send(callOf(described));
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.body)).toMatchObject({ status: 'failing' });
    },
  );
});
