import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { type StackUnderTest, startStack, until } from '../support/stack.ts';

let stack: StackUnderTest;
let pool: pg.Pool;
let tenant: ProvisionedTenant;
let other: ProvisionedTenant;
beforeAll(async () => {
  stack = await startStack();
  pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  tenant = await provisionTenant(pool, { tenantId: 'web', siteId: 'main', name: 'Web' });
  other = await provisionTenant(pool, { tenantId: 'other', siteId: 'main', name: 'Other' });
});
afterAll(async () => {
  await pool.end();
  await stack.stop();
});

const answer = z.looseObject({
  event_id: z.string().default(''),
  code: z.string().default(''),
  detail: z.string().default(''),
  results: z.array(z.looseObject({ event_id: z.string().nullable(), status: z.string() })).default([]),
});

interface Call {
  readonly path?: string;
  readonly token?: string;
  readonly customer?: string;
  readonly headers?: Record<string, string>;
}

async function post(body: unknown, { path = '/api/v1/track/async', token, customer, headers }: Call = {}) {
  const response = await fetch(stack.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token ?? tenant.tokens.secret}`,
      'x-customer-id': customer ?? tenant.id,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    body: answer.parse(await response.json()),
  };
}

const stored = async (): Promise<number> => {
  const { rows } = await pool.query(
    'SELECT coalesce(sum(event_count), 0)::int AS n FROM raw.site_tracking_requests_r',
  );
  return rows[0].n;
};
const inVault = async (ids: readonly string[]): Promise<Record<string, unknown>[]> => {
  const { rows } = await pool.query(
    `SELECT d.event_type, d.event_category, d.event_action, d.event_label, d.event_value, d.page_url, d.page_title, d.custom_properties, d.utm_source
     FROM business.site_event_h JOIN business.site_event_details_s d USING (site_event_hk)
     WHERE site_event_bk = ANY ($1) ORDER BY d.event_timestamp`,
    [ids],
  );
  return rows;
};
const untilInVault = (ids: readonly string[]) =>
  until('the events are in the vault', async () => (await inVault(ids)).length === ids.length);

/** The three shapes in which events arrive, and what each is in the vault. */
const shapes = [
  {
    shape: 'the Data Vault plan’s (001)',
    event: {
      tenantId: 'ignored',
      evt_type: 'item_interaction',
      evt_category: 'items',
      evt_action: 'click',
      evt_label: 'Widget A',
      evt_value: 42,
      session_id: 'sess_1234567890_abc',
      visitor_id: 'vis_1',
      event_timestamp: '2026-11-01T08:00:00Z',
      page_url: '/products/widget-a',
      page_title: 'Widget A - Products',
      page_referrer: 'https://www.google.com/',
      device_type: 'mobile',
      browser_name: 'Safari',
      viewport_width: 390,
      viewport_height: 844,
    },
    vault: {
      event_type: 'item_interaction',
      event_category: 'items',
      event_action: 'click',
      event_label: 'Widget A',
      event_value: 42,
      page_url: '/products/widget-a',
      page_title: 'Widget A - Products',
      custom_properties: { tenantId: 'ignored' },
      utm_source: null,
    },
  },
  {
    shape: 'the automation guide’s (002, 003)',
    event: {
      page_url: 'http://localhost/test',
      event_type: 'test_event',
      timestamp: '2026-11-01T08:00:01Z',
      event_data: { test: true, label: 'from data', value: 7 },
    },
    vault: {
      event_type: 'test_event',
      event_category: 'custom',
      event_action: 'track',
      event_label: 'from data',
      event_value: 7,
      page_url: 'http://localhost/test',
      page_title: null,
      custom_properties: { test: true },
      utm_source: null,
    },
  },
  {
    shape: 'the analytics schema’s (004)',
    event: {
      event_id: '0190a0b0-c0d0-7000-8000-00000000f004',
      event_type: 'pageview',
      site_id: 'www',
      session_id: 's',
      visitor_id: 'v',
      timestamp: '2026-11-01T08:00:02.500+01:00',
      url: 'https://www.example/pricing?utm_source=x',
      title: 'Pricing',
      referrer: 'https://news.example/',
      screen_width: 1920,
      screen_height: 1080,
      viewport_width: 1200,
      viewport_height: 800,
      device_pixel_ratio: 2,
      timezone: 'Europe/Berlin',
      browser_language: 'de',
    },
    vault: {
      event_type: 'page_view',
      event_category: 'navigation',
      event_action: 'view',
      event_label: null,
      event_value: null,
      page_url: 'https://www.example/pricing?utm_source=x',
      page_title: 'Pricing',
      custom_properties: { site_id: 'www' },
      utm_source: 'x',
    },
  },
];

describe('POST /api/v1/track/async', () => {
  it.each(shapes)(
    'takes $shape shape and the vault has it under the plan’s names',
    async ({ event, vault }) => {
      const { status, body } = await post(event);
      expect(status).toBe(202);
      expect(body).toMatchObject({
        success: true,
        processing: 'background',
        event_id: expect.any(String),
        timestamp: expect.any(String),
        message: expect.any(String),
      });
      await untilInVault([body.event_id]);
      expect(await inVault([body.event_id])).toEqual([vault]);
    },
  );

  it.each(shapes)('takes a batch of 1,000 events of $shape shape', async ({ event }) => {
    const { event_id, ...anonymous } = { event_id: '', ...event };
    const events = Array.from({ length: 1_000 }, (_, n) => ({ ...anonymous, n }));
    const { status, body } = await post(n(events));
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 1_000, rejected: 0, duplicates: 0 });
    const ids = body.results.map((result) => result.event_id ?? '');
    expect(new Set(ids).size).toBe(1_000);
    await untilInVault(ids);
  });

  it('stores nine of ten events when one is bad, and names that one', async () => {
    const events = Array.from({ length: 10 }, (_, n) => ({
      event_type: 'click',
      n,
      timestamp: '2026-11-02T08:00:00Z',
    }));
    const before = await stored();
    const { status, body } = await post(
      events.with(6, { event_type: 'page_view', n: 6, timestamp: '2026-11-02T08:00:00Z' }),
    );
    expect(status).toBe(202);
    expect(body).toMatchObject({ success: false, accepted: 9, rejected: 1 });
    expect(body.results.filter((result) => result.status === 'rejected')).toMatchObject([
      { index: 6, code: 'missing_field', pointer: '/page_url' },
    ]);
    expect(await stored()).toBe(before + 9);
  });

  it('takes gzip, and answers an event sent again as a duplicate', async () => {
    const event = { event_type: 'click', event_id: '0190a0b0-c0d0-7000-8000-0000000009f1' };
    const first = await post(gzipSync(JSON.stringify([event])), { headers: { 'content-encoding': 'gzip' } });
    const second = await post([event]);
    expect(first.body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(second.body).toMatchObject({ accepted: 1, duplicates: 1, results: [{ status: 'duplicate' }] });
  });
});

/** Keeps a list as it is or wraps it as `{"events": […]}`, in turn, so that both forms are tried. */
let turn = 0;
function n(events: readonly unknown[]): unknown {
  turn += 1;
  return turn % 2 === 0 ? { events } : events;
}

it.each(['/api/v1/track/batch', '/api/tracking/events.js'])('POST %s stores as well', async (path) => {
  const { status, body } = await post({ event_type: 'click', path_under_test: path }, { path });
  expect(status).toBe(202);
  const id = body.event_id || (body.results[0]?.event_id ?? '');
  await untilInVault([id]);
});

it('a trace leads from the request into the vault: answered, stored, shown in the lineage', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const { headers: answered, body } = await post({ event_type: 'click' }, { headers });
  expect(answered.get('x-trace-id')).toBe(traceId);
  await untilInVault([body.event_id]);
  const lineage = await fetch(`${stack.url}/api/v1/events/${body.event_id}/lineage`, {
    headers: { authorization: `Bearer ${tenant.tokens.read}`, 'x-customer-id': tenant.id },
  });
  expect(await lineage.json()).toMatchObject({
    data: { stage: 'Complete Pipeline', raw: { trace_id: traceId } },
  });
  expect(lineage.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
});

describe('a refused request', () => {
  const event = { event_type: 'click' };
  it.each<{ what: string; status: number; code: string; body: unknown; call: () => Call }>([
    {
      what: 'a body of 2 MiB',
      status: 413,
      code: 'body_too_large',
      body: JSON.stringify({ ...event, filler: 'x'.repeat(2 * 1_024 * 1_024) }),
      call: () => ({}),
    },
    {
      what: 'more than 1,000 events',
      status: 413,
      code: 'too_many_events',
      body: Array.from({ length: 1_001 }, () => event),
      call: () => ({}),
    },
    {
      what: 'invalid JSON',
      status: 400,
      code: 'invalid_json',
      body: '{"event_type": "click"',
      call: () => ({}),
    },
    { what: 'an empty batch', status: 400, code: 'no_events', body: [], call: () => ({}) },
    {
      what: 'an event without a type',
      status: 400,
      code: 'missing_field',
      body: { page_url: '/' },
      call: () => ({}),
    },
    {
      what: 'a mistyped token',
      status: 401,
      code: 'unauthorized',
      body: event,
      call: () => ({ token: 'ovt_sec_nonsense' }),
    },
    {
      what: 'no token',
      status: 401,
      code: 'unauthorized',
      body: event,
      call: () => ({ headers: { authorization: '' } }),
    },
    {
      what: 'an unknown tenant',
      status: 401,
      code: 'unauthorized',
      body: event,
      call: () => ({ customer: 'nobody' }),
    },
    {
      what: 'another tenant’s token',
      status: 401,
      code: 'unauthorized',
      body: event,
      call: () => ({ token: other.tokens.secret }),
    },
    {
      what: 'a token that may only read',
      status: 403,
      code: 'token_not_allowed',
      body: event,
      call: () => ({ token: tenant.tokens.read }),
    },
    {
      what: 'another content type',
      status: 415,
      code: 'unsupported_media_type',
      body: event,
      call: () => ({ headers: { 'content-type': 'application/xml' } }),
    },
    {
      what: 'an unknown encoding',
      status: 415,
      code: 'unsupported_encoding',
      body: event,
      call: () => ({ headers: { 'content-encoding': 'zstd' } }),
    },
  ])(
    'for $what is answered $status $code as a problem, and nothing is stored',
    async ({ status, code, body, call }) => {
      const before = await stored();
      const refused = await post(body, call());
      expect({ status: refused.status, type: refused.type, code: refused.body.code }).toEqual({
        status,
        type: 'application/problem+json',
        code,
      });
      expect(refused.body.detail.length).toBeGreaterThan(10);
      expect(await stored()).toBe(before);
    },
  );

  it('looks the same for a wrong token, an unknown tenant and another tenant’s token', async () => {
    const answers = await Promise.all([
      post(event, { token: tenant.tokens.secret.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')) }),
      post(event, { customer: 'nobody' }),
      post(event, { token: other.tokens.secret }),
    ]);
    expect(new Set(answers.map(({ status, body }) => JSON.stringify({ status, body }))).size).toBe(1);
  });
});

it('keeps every tenant’s events its own when both send the same ids', async () => {
  const event = {
    event_type: 'click',
    event_id: '0190a0b0-c0d0-7000-8000-0000000000bb',
    session_id: 's',
    visitor_id: 'v',
    page_url: 'https://same.example/',
  };
  await post(event);
  await post(event, { token: other.tokens.secret, customer: other.id });
  await until('both are in the vault', async () => (await inVault([event.event_id])).length === 2);
  const { rows } = await pool.query(
    `SELECT count(DISTINCT (tenant_hk, site_event_hk, session_slice_hk, site_visitor_hk, site_page_hk))::int AS rows, count(DISTINCT session_slice_hk)::int AS sessions
     FROM business.site_event_nl WHERE site_event_bk = $1`,
    [event.event_id],
  );
  expect(rows).toEqual([{ rows: 2, sessions: 2 }]);
});

const pipelineStatus = z.looseObject({
  stages: z.looseObject({ vault: z.object({ events: z.number() }) }),
  queues: z.array(z.unknown()),
  recent: z.array(z.unknown()),
});

it('reports the pipeline to a token that may read, and to no other', async () => {
  const status = (token: string) =>
    fetch(`${stack.url}/api/v1/track/status`, {
      headers: { authorization: `Bearer ${token}`, 'x-customer-id': tenant.id },
    });
  expect((await status(tenant.tokens.public)).status).toBe(403);
  const report = pipelineStatus.parse(await (await status(tenant.tokens.read)).json());
  expect(report).toMatchObject({ tenant_id: 'web', stages: { pending: {}, staged: {}, quarantined: {} } });
  expect(report.stages.vault.events).toBeGreaterThan(0);
  expect(report.queues).toHaveLength(4);
  expect(report.recent).toHaveLength(10);
});
