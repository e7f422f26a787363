import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGate } from '../../lambdas/api/gate.ts';
import { createPreflight } from '../../lambdas/api/preflight.ts';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import { readHttpRequest } from '../../lambdas/platform/http.ts';
import { createKnownOrigins } from '../../lambdas/tenancy/origins.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { credentials, gatewayEvent, ingestProcess, json } from '../support/http-calls.ts';
import { silent } from '../support/pipeline.ts';

const PAGE = 'https://shop.example';
const ROUTE = 'POST /api/v1/track/async';

let database: TestDatabase;
let tenant: ProvisionedTenant;
let track: ReturnType<typeof ingestProcess>;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  tenant = await provisionTenant(database.pool, { tenantId: crypto.randomUUID(), siteId: 's', name: 'A' });
  track = ingestProcess(database.pool);
});

const allow = (origins: readonly string[]) =>
  database.pool.query(
    `UPDATE auth.sites SET allowed_origins = $2
     WHERE tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1)`,
    [tenant.id, origins],
  );
const setUp = (siteTracking: unknown) =>
  database.pool.query(
    `INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
     SELECT tenant_hk, now(), '\\x00', jsonb_build_object('site_tracking', $2::jsonb), 'test'
     FROM auth.tenant_h WHERE tenant_bk = $1`,
    [tenant.id, JSON.stringify(siteTracking)],
  );
const send = (
  kind: 'public' | 'secret' | 'admin',
  more: Record<string, string>,
  body: unknown = { event_type: 'click' },
) => track(ROUTE, credentials(tenant.tokens[kind], tenant.id, more), body);
const stored = async (): Promise<{ body: string; event_context: unknown }[]> => {
  const { rows } = await database.pool.query(
    `SELECT convert_from(body, 'UTF8') AS body, event_context FROM raw.site_tracking_requests_r WHERE tenant_id = $1 ORDER BY request_id`,
    [tenant.id],
  );
  return rows;
};
const audited = async () => {
  const { rows } = await database.pool.query(
    `SELECT entry.actor, entry.action, entry.outcome, entry.reason, sum(entry.times)::int AS times
     FROM auth.audit_log AS entry JOIN auth.tenant_h AS tenant USING (tenant_hk)
     WHERE tenant.tenant_bk = $1 AND entry.actor LIKE 'token:%' GROUP BY 1, 2, 3, 4 ORDER BY 4`,
    [tenant.id],
  );
  return rows;
};

describe('a page', () => {
  it('of a listed origin may call with a public token and read the answer', async () => {
    await allow([PAGE]);
    const { statusCode, headers } = await send('public', { origin: PAGE });
    expect(statusCode).toBe(202);
    expect(headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': 'RateLimit, RateLimit-Policy, Retry-After, X-Trace-Id',
      vary: 'origin',
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('reads what is wrong with its request as well', async () => {
    await allow([PAGE]);
    for (const body of ['{', { page_url: '/' }]) {
      const { statusCode, headers } = await send('public', { origin: PAGE }, body);
      expect(statusCode).toBe(400);
      expect(headers['access-control-allow-origin']).toBe(PAGE);
    }
  });

  it.each([
    'https://evil.example',
    'https://shop.example.evil.example',
    'http://shop.example',
    'https://shop.example:8443',
    'null',
  ])('of another origin may not, and reads nothing: %s', async (origin) => {
    await allow([PAGE]);
    const { statusCode, headers, body } = await send('public', { origin });
    expect(statusCode).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ code: 'origin_not_allowed' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  it('of an origin that some site lists reads why nobody was let in', async () => {
    await allow([PAGE]);
    const fromPage = { origin: PAGE, 'content-type': 'application/json' };
    for (const [headers, status] of [
      [{ ...credentials('ovt_pub_nonsense', tenant.id), ...fromPage }, 401],
      [{ ...credentials(tenant.tokens.secret, tenant.id), ...fromPage }, 403],
      [{ ...credentials(tenant.tokens.public, 'a,b'), ...fromPage }, 400],
    ] as const) {
      const answered = await track(ROUTE, headers, { event_type: 'click' });
      expect(answered.statusCode).toBe(status);
      expect(answered.headers).toMatchObject({ 'access-control-allow-origin': PAGE, vary: 'origin' });
    }
  });

  it('reads that the database is away once its origin is known, and does not wait for it again', async () => {
    await allow([PAGE]);
    const login = database.as(databaseRoles.ingest);
    track = ingestProcess(database.pool, { login });
    const own = { origin: PAGE };
    const nobody = credentials('ovt_pub_nonsense', tenant.id, own);
    expect((await track(ROUTE, nobody, {})).statusCode).toBe(401);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const query = vi.spyOn(login, 'query').mockImplementation(() => Promise.reject(new Error('gone')));
    try {
      const answered = await send('public', own);
      expect(answered.statusCode).toBe(503);
      expect(answered.headers['access-control-allow-origin']).toBe(PAGE);
      expect(query).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
      query.mockRestore();
    }
  });

  it('of any origin may call where any is allowed, and is named, but for one without an origin', async () => {
    await allow(['*']);
    expect(
      (await send('public', { origin: 'https://any.example' })).headers['access-control-allow-origin'],
    ).toBe('https://any.example');
    expect((await send('public', { origin: 'null' })).statusCode).toBe(403);
  });

  it('of no origin at all may call where none is listed: a server or a command line', async () => {
    expect((await send('public', {})).statusCode).toBe(202);
    expect((await send('public', { origin: PAGE })).statusCode).toBe(403);
  });

  it('is held to the list of its token before that of the site', async () => {
    await allow([PAGE]);
    await database.pool.query(
      `UPDATE auth.api_tokens SET allowed_origins = '{https://app.example}' WHERE token_kind = 'public'
       AND tenant_hk = (SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1)`,
      [tenant.id],
    );
    expect((await send('public', { origin: PAGE })).statusCode).toBe(403);
    expect((await send('public', { origin: 'https://app.example' })).statusCode).toBe(202);
  });

  it.each(['secret', 'admin'] as const)('may not call with a %s token, whatever is listed', async (kind) => {
    await allow(['*']);
    const fromPages: Record<string, string>[] = [{ origin: PAGE }, { 'sec-fetch-site': 'cross-site' }];
    for (const headers of fromPages) {
      const { statusCode, body } = await send(kind, headers);
      expect(statusCode).toBe(403);
      expect(JSON.parse(body)).toMatchObject({ code: 'token_not_for_browsers' });
    }
    expect((await send(kind, { 'sec-fetch-mode': 'cors' })).statusCode).toBe(202);
  });
});

describe('a preflight', () => {
  const ask = (headers: Record<string, string>) =>
    createPreflight(createKnownOrigins(database.as(databaseRoles.ingest)))(
      readHttpRequest(gatewayEvent('OPTIONS /{proxy+}', headers)),
    );

  it('lets a page of an origin that some site lists go on', async () => {
    const origin = `https://${crypto.randomUUID()}.example`;
    await allow([origin]);
    const { statusCode, headers } = await ask({ origin });
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-headers': expect.stringContaining('X-Customer-ID'),
      'access-control-max-age': expect.any(String),
    });
  });

  it.each([{ origin: 'https://unknown.example' }, { origin: 'null' }, {}, { origin: 'x'.repeat(5_000) }])(
    'stops any other: %j',
    async (headers) => {
      await database.pool.query(`UPDATE auth.sites SET allowed_origins = '{}'`);
      await expect(ask(headers)).rejects.toMatchObject({
        status: 403,
        code: 'origin_not_allowed',
        headers: {},
      });
    },
  );
});

describe('a page that unloads', () => {
  const beacon = (body: unknown, more: Record<string, string> = { origin: PAGE }) =>
    track(ROUTE, { 'content-type': 'text/plain;charset=UTF-8', ...more }, body);
  const own = () => ({ token: tenant.tokens.public, customer_id: tenant.id });
  beforeEach(() => allow([PAGE]));

  it.each([
    ['an event', { event_type: 'click', n: 1 }, '{"event_type":"click","n":1}'],
    ['a batch', { events: [{ event_type: 'click' }], session_id: 's' }, '{"event_type":"click"}'],
  ])('sends %s with its token in the body, which no stage ever sees', async (_, sent, kept) => {
    const { statusCode, headers } = await beacon({ ...own(), ...sent });
    expect(statusCode).toBe(202);
    expect(headers['access-control-allow-origin']).toBe(PAGE);
    const rows = await stored();
    expect(rows.map(({ body }) => body)).toEqual([kept]);
    expect(JSON.stringify(rows)).not.toContain(tenant.tokens.public);
  });

  it('keeps the bytes of everything else, wherever and however often the credentials stand', async () => {
    const text = ` { "n" : 1.10 ,"token":"x", "event_type":"click","\\u0074oken" : ${JSON.stringify(tenant.tokens.public)}, "a":{"token":null} , "customer_id" : "${tenant.id}"} `;
    expect((await beacon(text)).statusCode).toBe(202);
    expect(await stored()).toEqual([
      { body: '{"n" : 1.10,"event_type":"click","a":{"token":null}}', event_context: null },
    ]);
  });

  it('may have at most 65,536 bytes, and none packed', async () => {
    const text = JSON.stringify({ ...own(), event_type: 'click' });
    expect((await beacon(text.padEnd(65_536))).statusCode).toBe(202);
    const tooLong = await beacon(text.padEnd(65_537));
    expect([tooLong.statusCode, json(tooLong).code]).toEqual([413, 'body_too_large']);
    const packed = await beacon(gzipSync(text), { origin: PAGE, 'content-encoding': 'gzip' });
    expect([packed.statusCode, json(packed).code]).toEqual([415, 'unsupported_encoding']);
    expect(await stored()).toHaveLength(1);
  });

  it('with headers after all keeps properties that are named like credentials', async () => {
    const text = '{"event_type":"click","token":"theirs","customer_id":"c-7"}';
    const { authorization, 'x-customer-id': customer } = credentials(tenant.tokens.public, tenant.id);
    const headers = { origin: PAGE, authorization, 'x-customer-id': customer };
    expect((await beacon(text, headers)).statusCode).toBe(202);
    expect((await stored()).map(({ body }) => body)).toEqual([text.replace('theirs', '[redacted:secret]')]);
    const refused = await beacon(
      { ...own(), event_type: 'click' },
      { ...headers, authorization: 'Bearer x' },
    );
    expect(refused.statusCode).toBe(401);
  });

  it.each<[string, () => unknown, Record<string, string> | undefined, number]>([
    ['no token', () => ({ event_type: 'click', customer_id: tenant.id }), undefined, 401],
    ['no tenant', () => ({ event_type: 'click', token: tenant.tokens.public }), undefined, 401],
    ['another tenant', () => ({ ...own(), customer_id: 'other', event_type: 'click' }), undefined, 401],
    ['two tenants', () => ({ ...own(), customer_id: 'a,b', event_type: 'click' }), undefined, 400],
    ['no JSON', () => '{"token"', undefined, 401],
    ['nothing', () => '{}', undefined, 401],
    ['another origin', () => ({ ...own(), event_type: 'click' }), { origin: 'https://evil.example' }, 403],
    [
      'a token for servers',
      () => ({ ...own(), token: tenant.tokens.secret, event_type: 'click' }),
      undefined,
      403,
    ],
    [
      'a token that only reads',
      () => ({ ...own(), token: tenant.tokens.read, event_type: 'click' }),
      undefined,
      403,
    ],
  ])('passes the same checks: %s', async (_, body, headers, status) => {
    expect((await beacon(body(), headers)).statusCode).toBe(status);
    expect(await stored()).toEqual([]);
  });
});

describe('what the tenant has set', () => {
  it('stops its calls where tracking is off, and no one else’s', async () => {
    await setUp({ enabled: false });
    const { statusCode, body } = await send('secret', {});
    expect(statusCode).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ code: 'tracking_disabled' });
    expect(await stored()).toEqual([]);
    expect(await audited()).toMatchObject([{ outcome: 'refused', reason: 'tracking_disabled', times: 1 }]);
  });

  it('leaves the synchronous call’s processing to the queue', async () => {
    await setUp({ batch_processing: true });
    const answered = await track('POST /api/v1/track', credentials(tenant.tokens.secret, tenant.id), {
      event_type: 'click',
    });
    expect(answered.statusCode).toBe(200);
    expect(json(answered)).toMatchObject({
      status: 'accepted',
      processing: 'background',
      pipeline: { staged: false, loaded: false },
    });
  });

  it.each([
    ['standard', { 'sec-gpc': '1' }, false],
    ['standard', { dnt: '1' }, true],
    ['strict', { 'sec-gpc': '1' }, false],
    ['strict', { dnt: '1' }, false],
    ['strict', { dnt: '0' }, true],
    ['off', { 'sec-gpc': '1', dnt: '1' }, true],
  ] as const)(
    'decides in mode %s whether a browser that says %j is tracked',
    async (mode, headers, isStored) => {
      await setUp({ privacy_mode: mode });
      const answered = await send('public', headers);
      expect(answered.statusCode).toBe(202);
      expect(json(answered).status).toBe(isStored ? 'accepted' : 'not_stored');
      expect(await stored()).toHaveLength(isStored ? 1 : 0);
      expect(await audited()).toEqual(
        isStored
          ? []
          : [
              {
                actor: expect.stringMatching(/^token:/),
                action: ROUTE,
                outcome: 'refused',
                reason: 'opted_out',
                times: 1,
              },
            ],
      );
      expect((await send('secret', headers)).statusCode).toBe(202);
      expect(await stored()).toHaveLength(isStored ? 2 : 1);
    },
  );

  it('answers an opted out batch event by event, what is wrong with one included', async () => {
    const answered = await send('public', { 'sec-gpc': '1' }, [{ event_type: 'click' }, { page_url: '/' }]);
    expect(json(answered)).toMatchObject({
      processing: 'none',
      accepted: 0,
      rejected: 1,
      results: [
        { index: 0, event_id: null, status: 'not_stored' },
        { index: 1, status: 'rejected', code: 'missing_field' },
      ],
    });
  });
});

describe('the rate of a token', () => {
  it('counts events, tells how much is left, and refuses what is beyond it with a time to wait', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / 10_000) * 10_000 + 1_000 });
    try {
      track = ingestProcess(database.pool, { defaultRate: 1 });
      const first = await send('secret', {}, [{ event_type: 'a' }, { event_type: 'b' }, { page_url: '/' }]);
      expect(first.headers).toMatchObject({
        'ratelimit-policy': '"default";q=10;w=10',
        ratelimit: '"default";r=7;t=9',
      });
      expect((await send('secret', {}, '{')).headers.ratelimit).toBe('"default";r=6;t=9');
      expect(
        (
          await send(
            'secret',
            {},
            Array.from({ length: 7 }, () => ({ event_type: 'c' })),
          )
        ).statusCode,
      ).toBe(429);
      const before = (await stored()).length;
      await send(
        'secret',
        {},
        Array.from({ length: 6 }, () => ({ event_type: 'd' })),
      );
      const refused = await send('secret', {});
      expect(refused.statusCode).toBe(429);
      expect(JSON.parse(refused.body)).toMatchObject({ code: 'rate_limited' });
      expect(refused.headers).toMatchObject({ 'retry-after': '9', ratelimit: '"default";r=0;t=9' });
      expect(await stored()).toHaveLength(before + 1);
      vi.setSystemTime(Date.now() + 9_000);
      expect((await send('secret', {})).statusCode).toBe(202);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('every refusal of a known token is in the audit log by its reason, without what was sent', async () => {
  const marker = 'jane.doe@example.com';
  await send('secret', { 'user-agent': marker }, `{"email":"${marker}"`);
  await send('secret', {}, { page_url: marker });
  await send('public', { origin: `https://${marker}` });
  await track(ROUTE, credentials(tenant.tokens.read, tenant.id), { event_type: marker });
  expect((await audited()).map(({ reason }) => reason)).toEqual([
    'invalid_json',
    'missing_field',
    'origin_not_allowed',
    'token_not_allowed',
  ]);
  const { rows } = await database.pool.query('SELECT audit_log::text AS entry FROM auth.audit_log');
  expect(rows.filter(({ entry }) => entry.includes('jane'))).toEqual([]);
});

it('what was rejected of a batch that was stored is in the audit log, by reason and how often', async () => {
  const { statusCode } = await send('secret', {}, [
    { event_type: 'click' },
    { page_url: '/' },
    { page_url: '/' },
    { event_type: 'x'.repeat(51) },
  ]);
  expect(statusCode).toBe(202);
  expect(await audited()).toMatchObject([
    { outcome: 'refused', reason: 'missing_field', times: 2 },
    { outcome: 'refused', reason: 'too_long', times: 1 },
  ]);
});

it('what was counted of refusals is written with the next call, without a timer', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
  try {
    for (const _ of [1, 2, 3]) await send('secret', {}, '{');
    expect(await audited()).toMatchObject([{ reason: 'invalid_json', times: 1 }]);
    vi.setSystemTime(Date.now() + 1_001);
    expect((await send('secret', {})).statusCode).toBe(202);
    expect(await audited()).toMatchObject([{ reason: 'invalid_json', times: 3 }]);
  } finally {
    vi.useRealTimers();
  }
});

it.each([
  [ROUTE, 'The events may not have been stored.'],
  ['POST /api/v1/track/process', 'This cannot be answered now.'],
])('a failure of ours says what it means for %s', async (route, detail) => {
  const gate = createGate({
    database: { query: () => Promise.reject(new Error('gone')) },
    logger: silent,
    rate: { of: 'events', perSecond: 1 },
  });
  const answered = await gate.serve(() => Promise.reject(new Error('broken')))(gatewayEvent(route, {}));
  expect(answered.statusCode).toBe(503);
  expect(json(answered).detail).toContain(detail);
});

it('a refusal of nobody known is in the audit log as anonymous', async () => {
  await track(ROUTE, credentials('ovt_sec_nonsense', tenant.id), { event_type: 'click' });
  const { rows } = await database.pool.query(
    `SELECT tenant_hk, action, reason FROM auth.audit_log WHERE actor = 'anonymous' AND reason = 'unauthorized' ORDER BY audit_id DESC LIMIT 1`,
  );
  expect(rows).toEqual([{ tenant_hk: null, action: ROUTE, reason: 'unauthorized' }]);
});
