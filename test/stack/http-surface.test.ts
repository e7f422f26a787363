import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { migrationsDirectory } from '../../lambdas/platform/statement.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { hashToken } from '../../lambdas/tenancy/token.ts';
import { type StackUnderTest, startStack, until } from '../support/stack.ts';

const PAGE = 'https://shop.example';

let stack: StackUnderTest;
let pool: pg.Pool;
let tenant: ProvisionedTenant;
beforeAll(async () => {
  stack = await startStack();
  pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  tenant = await provisionTenant(pool, { tenantId: 'web', siteId: 'main', name: 'Web' });
  // The stack's own site allows pages of any origin.
  await pool.query(`UPDATE auth.sites SET allowed_origins = '{}'`);
  await pool.query(
    `UPDATE auth.sites SET allowed_origins = $1 WHERE tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = 'web')`,
    [[PAGE]],
  );
});
afterAll(async () => {
  await pool.end();
  await stack.stop();
});

const members = z.record(z.string(), z.unknown());

async function call(
  method: string,
  path: string,
  {
    token = tenant.tokens.admin,
    headers = {},
    body,
  }: { token?: string; headers?: Record<string, string>; body?: unknown } = {},
) {
  const response = await fetch(stack.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'x-customer-id': tenant.id,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: members.parse(text === '' ? {} : JSON.parse(text)),
  };
}

it('an event that the synchronous call answers can be followed at once by its id', async () => {
  const tracked = await call('POST', '/api/v1/track', {
    body: { event_type: 'click', page_url: `${PAGE}/`, event_id: 'order 7/é' },
  });
  expect(tracked).toMatchObject({
    status: 200,
    body: { success: true, processing: 'automatic', pipeline: { staged: true, loaded: true } },
  });
  for (const id of [String(tracked.body.event_id), encodeURIComponent('order 7/é')]) {
    expect(await call('GET', `/api/v1/events/${id}/lineage`, { token: tenant.tokens.read })).toMatchObject({
      status: 200,
      body: { data: { event_id: tracked.body.event_id, stage: 'Complete Pipeline', raw: {}, vault: {} } },
    });
  }
  const dashboard = await call('GET', '/api/v1/track/dashboard?limit=1', { token: tenant.tokens.read });
  expect(dashboard).toMatchObject({
    status: 200,
    body: { data: { events: [{ event_id: tracked.body.event_id, business_status: 'Complete Pipeline' }] } },
  });
});

it('what is pending is processed when asked for, and asking is in the audit log', async () => {
  await call('POST', '/api/v1/track/async', { body: [{ event_type: 'click' }, { event_type: 'scroll' }] });
  expect(await call('POST', '/api/v1/track/process')).toMatchObject({
    status: 200,
    body: { success: true, processed: {}, remaining: {} },
  });
  expect((await call('POST', '/api/v1/track/process', { token: tenant.tokens.secret })).status).toBe(403);
  const { rows } = await pool.query(
    `SELECT outcome, reason FROM auth.audit_log WHERE action = 'POST /api/v1/track/process' ORDER BY audit_id`,
  );
  expect(rows).toEqual([
    { outcome: 'done', reason: null },
    { outcome: 'refused', reason: 'token_not_allowed' },
  ]);
});

it.each([
  ['/api/v1/track/dashboard?limit=0', 'invalid_limit', '/limit'],
  ['/api/v1/track/dashboard?limit=501', 'invalid_limit', '/limit'],
  ['/api/v1/track/dashboard?limit=ten', 'invalid_limit', '/limit'],
  ['/api/v1/track/dashboard?cursor=abc', 'invalid_cursor', '/cursor'],
  ['/api/v1/track/dashboard?page=2', 'unknown_parameter', '/page'],
  ['/api/v1/track/status?limit=2', 'unknown_parameter', '/limit'],
  ['/api/v1/track/status?__proto__=2', 'unknown_parameter', '/__proto__'],
  ['/api/v1/analytics?__proto__=2', 'unknown_parameter', '/__proto__'],
])('GET %s is refused with %s at %s', async (path, code, pointer) => {
  expect(await call('GET', path)).toMatchObject({ status: 400, body: { code, pointer } });
});

it('a tenant whose questions are slow is told so, and shuts nobody else out', async () => {
  const other = await provisionTenant(pool, { tenantId: 'quick', siteId: 'main', name: 'Quick' });
  const ask = () => call('GET', '/api/v1/analytics/pages', { token: tenant.tokens.read });
  const holder = await pool.connect();
  const slow: ReturnType<typeof ask>[] = [];
  try {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE business.site_event_nl IN ACCESS EXCLUSIVE MODE');
    for (let waiting = 1; waiting <= 2; waiting += 1) {
      slow.push(ask());
      await until(`${waiting} questions wait`, async () => {
        const { rows } = await pool.query(
          `SELECT FROM pg_stat_activity WHERE usename = 'onevault_reader' AND wait_event_type = 'Lock'`,
        );
        return rows.length === waiting;
      });
    }
    for (let question = 3; question <= 8; question += 1) {
      const refused = await ask();
      expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_questions' } });
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    const status = await fetch(`${stack.url}/api/v1/track/status`, {
      headers: { authorization: `Bearer ${other.tokens.read}`, 'x-customer-id': other.id },
    });
    expect(status.status).toBe(200);
    expect((await fetch(`${stack.url}/health/detailed`)).status).toBe(200);
    expect((await fetch(`${stack.url}/openapi.json`)).status).toBe(200);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
  expect((await Promise.all(slow)).map((answered) => answered.status)).toEqual([200, 200]);
  expect((await ask()).status).toBe(200);
});

it('questions have a rate of their own', async () => {
  const { headers } = await call('GET', '/api/v1/track/status', { token: tenant.tokens.read });
  expect(headers.get('ratelimit-policy')).toBe('"default";q=500;w=10');
});

describe('health needs no token', () => {
  it.each([
    ['/health', { status: 'ok' }],
    ['/health/detailed', { status: 'ok', checks: { database: 'ok', queues: 'ok' } }],
    [
      '/health/db',
      { status: 'ok', missing: [], migrations: { applied: readdirSync(migrationsDirectory).length } },
    ],
  ])('GET %s', async (path, expected) => {
    const response = await fetch(stack.url + path);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(expected);
  });
});

describe('a page of an allowed origin', () => {
  it('may ask first, then call and read the answer with its rate', async () => {
    const asked = await fetch(`${stack.url}/api/v1/track/async`, {
      method: 'OPTIONS',
      headers: { origin: PAGE, 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(PAGE);
    const answered = await call('POST', '/api/v1/track/async', {
      token: tenant.tokens.public,
      headers: { origin: PAGE },
      body: { event_type: 'click' },
    });
    expect(answered.status).toBe(202);
    expect(answered.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answered.headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/);
    expect(answered.headers.get('ratelimit-policy')).toBe('"default";q=300000;w=10');
  });

  it('may send its last words without a header', async () => {
    const response = await fetch(`${stack.url}/api/tracking/events.js`, {
      method: 'POST',
      headers: { origin: PAGE, 'content-type': 'text/plain;charset=UTF-8' },
      body: JSON.stringify({
        token: tenant.tokens.public,
        customer_id: tenant.id,
        event_type: 'page_visibility',
      }),
    });
    expect(response.status).toBe(202);
  });

  it('and no other may ask', async () => {
    const asked = await fetch(`${stack.url}/api/v1/track`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(403);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });
});

it('a tenant named by two headers is ambiguous', async () => {
  const status = await new Promise((resolve, reject) => {
    request(
      `${stack.url}/api/v1/track/status`,
      {
        headers: [
          ...['Host', new URL(stack.url).host],
          ...['Authorization', `Bearer ${tenant.tokens.read}`],
          ...['X-Customer-ID', tenant.id],
          ...['X-Customer-ID', 'other'],
        ],
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    )
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
});

it('a token with a rate of its own is refused beyond it, and no other token is', async () => {
  const { tokens } = await provisionTenant(pool, { tenantId: 'web', siteId: 'main', name: 'Web' });
  await pool.query('UPDATE auth.api_tokens SET rate_limit = 1 WHERE token_hash = $1', [
    hashToken(tokens.secret),
  ]);
  const batch = Array.from({ length: 11 }, () => ({ event_type: 'click' }));
  const answers = [];
  // Three in a row: one of two neighbours is within one window.
  for (const body of [batch, batch, batch]) {
    answers.push(await call('POST', '/api/v1/track/async', { token: tokens.secret, body }));
  }
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toMatchObject({ code: 'rate_limited' });
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(
    (await call('POST', '/api/v1/track/async', { token: tenant.tokens.secret, body: batch })).status,
  ).toBe(202);
});
