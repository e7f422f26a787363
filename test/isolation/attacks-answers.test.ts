import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../lambdas/description/operations.ts';
import { idOf, OF_B_ONLY } from './ground.ts';
import { type Call, type HttpGround, startGround } from './http-ground.ts';

let ground: HttpGround;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.stop());

const questions = Object.keys(operations)
  .filter((route) => route.startsWith('GET /api/v1/analytics/'))
  .map((route) => route.slice('GET '.length));

/** An answer without what the clock says. */
const comparable = (text: string): string =>
  text.replace(/"generated_at":"[^"]*"/, '').replace(/"(from|to|minute)":"[^"]*"/g, '');

describe('T27: what is B’s', () => {
  it('is as unknown to A as what does not exist', async () => {
    const { call } = ground;
    const pairs = [
      [`/api/v1/events/${OF_B_ONLY}/lineage`, `/api/v1/events/${idOf(999)}/lineage`, 404],
      ['/api/v1/visitors/visitor-of-b', '/api/v1/visitors/visitor-of-x', 404],
      ['/api/v1/visitors/visitor-of-b/export', '/api/v1/visitors/visitor-of-x/export', 404],
      ['/api/v1/analytics?site=site-of-b', '/api/v1/analytics?site=site-of-x', 404],
      ['/api/v1/analytics/timeseries?site=site-of-b', '/api/v1/analytics/timeseries?site=site-of-x', 404],
    ] as const;
    for (const [path, unknown, status] of pairs) {
      const [ofB, ofNobody] = [await call(path), await call(unknown)];
      expect(ofB.status, path).toBe(status);
      expect(ofB.text).toBe(ofNobody.text);
    }
  });

  it('is found by no filter', async () => {
    const { call } = ground;
    for (const route of questions)
      for (const filter of ['source=mark-of-b', 'page=/mark-of-b/1']) {
        const [name = '', value = ''] = filter.split('=');
        const path = `${route}?${filter}`;
        const { status, text } = await call(path);
        expect([200, 400], path).toContain(status);
        const { text: ofNobody } = await call(`${route}?${name}=${value.replace('of-b', 'of-x')}`);
        expect(comparable(text), path).toBe(comparable(ofNobody).replaceAll('of-x', 'of-b'));
      }
  });
});

describe('T28: a cursor of B', () => {
  const lists = ['sessions', 'pages', 'sources', 'events', 'items'].map(
    (topic) => `/api/v1/analytics/${topic}`,
  );

  it.each([...lists, '/api/v1/track/dashboard'])('of %s is refused to A with 400', async (path) => {
    const { call, b } = ground;
    const asB = { token: b.tokens.read, customer: b.id };
    const { text } = await call(`${path}?limit=1`, asB);
    const cursor = /"next_?[cC]ursor":"([^"]+)"/.exec(text)?.[1];
    expect(cursor, text).toBeDefined();
    expect((await call(`${path}?limit=1&cursor=${cursor}`, asB)).status).toBe(200);
    const { status, code } = await call(`${path}?limit=1&cursor=${cursor}`);
    expect({ status, code }).toEqual({ status: 400, code: 'invalid_cursor' });
  });
});

describe('T17: SQL in what a caller sends', () => {
  const hostile = [`'); SELECT auth.act_for('tenant-b', '\\x'); --`, `x' OR tenant_hk IS NOT NULL OR '1'='1`];

  it('stays text in every parameter', async () => {
    const { call } = ground;
    for (const route of questions)
      for (const name of ['site', 'page', 'source', 'event', 'timeZone', 'dateFrom', 'cursor', 'steps'])
        for (const text of hostile) {
          const answered = await call(`${route}?${new URLSearchParams({ [name]: text })}`);
          expect([200, 400, 404], `${route} ${name}`).toContain(answered.status);
          expect(answered.text).not.toContain('mark-of-b');
        }
  });

  it('stays text in every field of an event', async () => {
    const { call, b } = ground;
    const before = await ground.count(
      'business.site_event_nl JOIN auth.tenant_h USING (tenant_hk) WHERE tenant_bk = $1',
      [b.id],
    );
    for (const [n, text] of hostile.entries()) {
      const { status } = await call('/api/v1/track', {
        body: {
          event_id: idOf(400 + n),
          event_type: text,
          visitor_id: text,
          session_id: text,
          page_url: text,
          page_title: text,
          evt_label: text,
          [text]: text,
        },
      });
      expect(status).toBe(200);
    }
    expect(
      await ground.count('business.site_event_nl JOIN auth.tenant_h USING (tenant_hk) WHERE tenant_bk = $1', [
        b.id,
      ]),
    ).toBe(before);
  });
});

it.each([
  ['log_error_verbosity', 'terse'],
  ['log_parameter_max_length_on_error', '0'],
])('T20: the server writes no rows and no parameters into its log: %s', async (setting, value) => {
  const { rows } = await ground.pool.query('SELECT current_setting($1) AS value', [setting]);
  expect(rows).toEqual([{ value }]);
});

describe('T30: what a caller sends', () => {
  const marks = {
    payload: 'mark-of-a-payload',
    mail: 'jane.marker@example.com',
    address: '203.0.113.77',
    agent: 'mark-of-an-agent',
    query: 'mark-of-a-query',
    header: 'mark-of-a-header',
  };
  const event = {
    event_type: marks.payload,
    visitor_id: marks.mail,
    page_url: `https://shop.example/?email=${marks.mail}`,
    client_ip: marks.address,
    user_agent: marks.agent,
    note: marks.payload,
  };

  it('is in no log, no error and no audit entry', async () => {
    const { call, a, b, stack, logs, pool } = ground;
    const headers = { 'x-forwarded-for': marks.address, 'user-agent': marks.agent, 'x-mark': marks.header };
    const mistyped = `${a.tokens.secret.slice(0, -1)}#`;
    const tooDeep = JSON.parse('{"a":'.repeat(70) + JSON.stringify(marks.payload) + '}'.repeat(70));
    const requests: readonly (Call & { readonly path?: string })[] = [
      { body: event },
      { body: { ...event, event_id: idOf(1), evt_value: 1 } },
      { body: [event, { ...event, event_type: 7 }, tooDeep, marks.payload] },
      { body: `{"note": "${marks.payload}` },
      { body: JSON.stringify(event), headers: { 'content-type': `text/${marks.header}` } },
      { body: `"${marks.mail}"` },
      { body: { ...event, note: `${marks.payload}\u0000\ud800` } },
      { body: { ...event, note: marks.payload.repeat(80_000) } },
      { body: event, token: mistyped },
      { body: event, token: a.tokens.read },
      { body: event, customer: marks.header },
      { body: event, customer: `${marks.header},${b.id}` },
      { body: event, headers: { origin: `https://${marks.header}.example` } },
      { path: `/api/v1/analytics?site=${marks.query}` },
      { path: `/api/v1/analytics?surprise=${marks.query}` },
      { path: `/api/v1/analytics/sessions?cursor=${marks.query}` },
      { path: `/api/v1/analytics?dateFrom=${marks.query}` },
      { path: `/api/v1/events/${marks.query}/lineage` },
      { path: `/api/v1/visitors/${marks.mail}` },
      { path: `/api/v1/visitors/${marks.mail}/export`, method: 'POST' },
      { path: `/api/v1/visitors/${marks.mail}/export` },
      { path: `/api/v1/visitors/${marks.mail}/export`, headers: { accept: 'application/zip' } },
      { path: `/api/v1/visitors/${marks.mail}`, method: 'DELETE' },
      { path: `/${marks.query}` },
    ];
    const answers = [];
    for (const { path = '/api/v1/track', ...request } of requests)
      answers.push(await call(path, { ...request, headers: { ...headers, ...request.headers } }));
    await call('/api/v1/track/process', { method: 'POST' });
    const refused = answers.filter(({ status }) => status >= 400);
    expect(refused.length).toBeGreaterThan(10);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const secrets = [...Object.values(a.tokens), ...Object.values(b.tokens), mistyped, stack.databaseUrl];
    const told = [
      ...refused.map(({ text }) => text),
      logs(),
      JSON.stringify((await pool.query('SELECT * FROM auth.audit_log')).rows),
    ];
    expect(logs()).toContain('"level":"INFO"');
    for (const word of [...Object.values(marks), ...secrets])
      expect(
        told.filter((text) => text.includes(word)).map((text) => text.slice(0, 300)),
        word,
      ).toEqual([]);
  });
});
