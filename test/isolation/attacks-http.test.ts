import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { operations } from '../../lambdas/api/operations.ts';
import type { RouteKey } from '../../lambdas/platform/routes.ts';
import { scopesOf } from '../../lambdas/tenancy/scope.ts';
import { createToken, tokenKinds } from '../../lambdas/tenancy/token.ts';
import { until } from '../support/stack.ts';
import { ITEM, idOf, OF_B_ONLY, PAGE, SESSION, VISITOR } from './ground.ts';
import { type HttpGround, startGround } from './http-ground.ts';

let ground: HttpGround;
beforeAll(async () => {
  ground = await startGround();
  const visit = (mark: string) =>
    Array.from({ length: 3 }, (_, n) => ({
      event_id: idOf(n + 1),
      event_type: 'page_view',
      timestamp: new Date(Date.now() - 3_600_000 + n * 60_000).toISOString(),
      visitor_id: VISITOR,
      session_id: SESSION,
      page_url: `${PAGE}?utm_source=${mark}&utm_campaign=${mark}`,
      page_title: mark,
      items: [{ id: ITEM, name: mark }],
    }));
  await ground.track(ground.a, visit('mark-of-a'));
  await ground.track(ground.b, [
    ...visit('mark-of-b'),
    ...Array.from({ length: 3 }, (_, n) => ({
      event_id: n === 0 ? OF_B_ONLY : idOf(200 + n),
      event_type: 'page_view',
      visitor_id: 'visitor-of-b',
      session_id: `session-of-b-${n}`,
      page_url: `https://b.example/mark-of-b/${n}?utm_source=mark-of-b-${n}`,
      page_title: 'mark-of-b',
      items: [{ id: `item-of-b-${n}`, name: 'mark-of-b' }],
    })),
  ]);
});
afterAll(() => ground.stop());

const count = async (statement: string, values: readonly unknown[] = []): Promise<number> => {
  const { rows } = await ground.pool.query(`SELECT count(*)::int AS n FROM ${statement}`, [...values]);
  return z.object({ n: z.number() }).parse(rows[0]).n;
};

const withoutDate = (headers: Headers) =>
  [...headers].filter(([name]) => !['date', 'apigw-requestid'].includes(name));

describe('T1: a token of A with the name of B', () => {
  it('is answered as a bad token is, stores nothing and is noted', async () => {
    const { call, a, b } = ground;
    const event = { event_id: idOf(300), event_type: 'click', visitor_id: 'v' };
    const routes = [
      '/api/v1/track',
      '/api/v1/track/async',
      '/api/v1/track/batch',
      '/api/tracking/events.js',
      '/api/v1/track/process',
    ];
    for (const path of routes) {
      const ofOther = await call(path, { token: a.tokens.admin, customer: b.id, body: event });
      const bad = await call(path, { token: createToken('admin'), customer: b.id, body: event });
      expect(ofOther.status, path).toBe(401);
      expect(ofOther.text).toBe(bad.text);
      expect(withoutDate(ofOther.headers)).toEqual(withoutDate(bad.headers));
    }
    for (const path of ['/api/v1/track/status', '/api/v1/analytics', `/api/v1/events/${OF_B_ONLY}/lineage`]) {
      const ofOther = await call(path, { token: a.tokens.read, customer: b.id });
      const bad = await call(path, { token: createToken('read'), customer: b.id });
      expect(ofOther.status, path).toBe(401);
      expect(ofOther.text).toBe(bad.text);
    }
    expect(await count('raw.site_tracking_requests_r WHERE $1 = ANY (event_ids)', [idOf(300)])).toBe(0);
    await until('the refusals are noted', async () => {
      const noted = await count(
        `auth.audit_log WHERE outcome = 'refused' AND reason = 'unauthorized' AND actor = 'anonymous' AND tenant_hk IS NULL`,
      );
      return noted >= routes.length;
    });
  });
});

describe('T2: another tenant’s name inside a payload', () => {
  it('does not route the event, and is kept as it was sent', async () => {
    const { track, pool, a, b } = ground;
    const named = { tenantId: b.id, tenant_id: b.id, customer_id: b.id, tenant: b.id };
    const event = {
      event_id: idOf(310),
      event_type: 'click',
      visitor_id: 'v',
      ...named,
      event_data: { ...named, deep: { ...named } },
    };
    await track(a, [event]);
    const { rows } = await pool.query(
      `SELECT tenant.tenant_bk, details.custom_properties
       FROM business.site_event_nl AS event
       JOIN auth.tenant_h AS tenant USING (tenant_hk)
       JOIN business.site_event_details_s AS details USING (site_event_hk)
       WHERE event.site_event_bk = $1`,
      [idOf(310)],
    );
    expect(rows).toEqual([
      { tenant_bk: a.id, custom_properties: expect.objectContaining({ customer_id: b.id, tenant: b.id }) },
    ]);
    expect(JSON.stringify(rows[0]?.custom_properties)).toContain('"deep"');
    expect(
      await count('raw.site_tracking_requests_r WHERE tenant_id = $1 AND $2 = ANY (event_ids)', [
        b.id,
        idOf(310),
      ]),
    ).toBe(0);
  });
});

describe('T3: two tenants named at once', () => {
  it.each(['tenant-a,tenant-b', 'tenant-a, tenant-a', 'tenant-b,tenant-a'])(
    'as %s is refused with 400',
    async (customer) => {
      const { status, code } = await ground.call('/api/v1/track/status', { customer });
      expect({ status, code }).toEqual({ status: 400, code: 'ambiguous_customer' });
    },
  );

  it('in two headers is refused with 400', async () => {
    const { stack, a, b } = ground;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${stack.url}/api/v1/track/status`, {
        headers: { authorization: `Bearer ${a.tokens.read}`, 'x-customer-id': [a.id, b.id] },
      })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
  });
});

describe('T24: what a process remembers', () => {
  it('of one tenant is never given to another, and no answer may be kept on the way', async () => {
    const { call, a, b } = ground;
    const paths = [
      '/api/v1/track/status',
      '/api/v1/track/dashboard',
      '/api/v1/analytics',
      '/api/v1/analytics/pages',
    ];
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => [a, b])
        .flat()
        .flatMap((tenant) =>
          paths.map(async (path) => ({
            tenant,
            ...(await call(path, { token: tenant.tokens.read, customer: tenant.id })),
          })),
        ),
    );
    for (const { tenant, text, status, headers } of answers) {
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(text).not.toContain(tenant === a ? b.id : a.id);
      if (tenant === a) expect(text).not.toContain('mark-of-b');
    }
  });

  it('about a visitor’s address gives two tenants two pseudonyms', async () => {
    const { rows } = await ground.pool.query(
      'SELECT DISTINCT ON (tenant_id) encode(visitor_ip_hash, $1) AS pseudonym FROM raw.site_tracking_requests_r ORDER BY tenant_id, request_id',
      ['hex'],
    );
    expect(new Set(rows.map(({ pseudonym }) => pseudonym)).size).toBe(2);
  });
});

describe('T26: a token', () => {
  const guarded = Object.entries(operations).flatMap(([route, { scope }]) =>
    scope === null
      ? []
      : tokenKinds.filter((kind) => !scopesOf[kind].includes(scope)).map((kind) => ({ route, kind })),
  );

  it.each(guarded)('of the kind $kind is refused by $route with 403', async ({ route, kind }) => {
    const [method = '', path = ''] = route.split(' ');
    const { status, code } = await ground.call(path.replace('{id}', OF_B_ONLY), {
      method,
      token: ground.a.tokens[kind],
      ...(method === 'POST' && { body: { event_type: 'click' } }),
    });
    expect({ status, code }).toEqual({ status: 403, code: 'token_not_allowed' });
  });

  it('that was revoked, has expired, or is of another deployment is refused with 401', async () => {
    const { call, pool, a } = ground;
    const { hashToken } = await import('../../lambdas/tenancy/token.ts');
    for (const [column, token] of [
      ['revoked_at', a.tokens.public],
      ['expires_at', a.tokens.secret],
    ] as const) {
      const { rowCount } = await pool.query(
        `UPDATE auth.api_tokens SET ${column} = CURRENT_TIMESTAMP - interval '1 minute' WHERE token_hash = $1`,
        [hashToken(token)],
      );
      expect(rowCount).toBe(1);
    }
    // A process may have heard of them up to 20 seconds ago.
    await until('both are refused', async () => {
      const answers = await Promise.all(
        [a.tokens.public, a.tokens.secret].map((token) =>
          call('/api/v1/track/async', { token, body: { event_type: 'click' } }),
        ),
      );
      return answers.every(({ status }) => status === 401);
    });
    expect(
      (await call('/api/v1/track/async', { token: createToken('secret'), body: { event_type: 'click' } }))
        .status,
    ).toBe(401);
  });
});

describe('T27: what is B’s', () => {
  it('is as unknown to A as what does not exist', async () => {
    const { call } = ground;
    const pairs = [
      [`/api/v1/events/${OF_B_ONLY}/lineage`, `/api/v1/events/${idOf(999)}/lineage`, 404],
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
    for (const route of questionsOf())
      for (const filter of [
        'source=mark-of-b',
        'campaign=mark-of-b',
        'item=item-of-b-1',
        'page=/mark-of-b/1',
      ]) {
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
    // All of B's events are of one type.
    if (path.endsWith('/events')) return expect(cursor).toBeUndefined();
    expect(cursor, text).toBeDefined();
    expect((await call(`${path}?limit=1&cursor=${cursor}`, asB)).status).toBe(200);
    const { status, code } = await call(`${path}?limit=1&cursor=${cursor}`);
    expect({ status, code }).toEqual({ status: 400, code: 'invalid_cursor' });
  });
});

describe('T17: SQL in what a caller sends', () => {
  const hostile = [
    `'); SELECT auth.act_for('tenant-b', '\\x'); --`,
    `x' OR tenant_hk IS NOT NULL OR '1'='1`,
    `$1); SET LOCAL ROLE onevault_loader; --`,
    `main' UNION SELECT tenant_bk FROM auth.tenant_h --`,
  ];

  it('stays text in every parameter', async () => {
    const { call } = ground;
    for (const route of questionsOf())
      for (const name of [
        'site',
        'page',
        'source',
        'event',
        'item',
        'country',
        'timeZone',
        'dateFrom',
        'cursor',
        'steps',
        'by',
      ])
        for (const text of hostile) {
          const answered = await call(`${route}?${new URLSearchParams({ [name]: text })}`);
          expect([200, 400, 404], `${route} ${name}`).toContain(answered.status);
          expect(answered.text).not.toContain('mark-of-b');
        }
  });

  it('stays text in every field of an event', async () => {
    const { call, b } = ground;
    const before = await count(
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
      await count('business.site_event_nl JOIN auth.tenant_h USING (tenant_hk) WHERE tenant_bk = $1', [b.id]),
    ).toBe(before);
  });
});

describe('T10: the functions of the running stack', () => {
  it('are logged in as the roles and nobody else', async () => {
    const { rows } = await ground.pool.query(
      `SELECT DISTINCT usename::text AS name FROM pg_stat_activity WHERE application_name = 'onevault' AND datname = current_database() ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['onevault_ingest', 'onevault_loader', 'onevault_reader']),
    );
    expect(rows.filter(({ name }) => !/^onevault_(ingest|loader|reader|maintenance)$/.test(name))).toEqual(
      [],
    );
  });
});

const questionsOf = () =>
  Object.keys(operations)
    .filter((route): route is RouteKey => route.startsWith('GET /api/v1/analytics/'))
    .map((route) => route.slice('GET '.length));

/** An answer without what the clock says. */
const comparable = (text: string): string =>
  text.replace(/"generated_at":"[^"]*"/, '').replace(/"(from|to|minute)":"[^"]*"/g, '');
