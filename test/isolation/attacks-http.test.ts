import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../lambdas/description/operations.ts';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { scopesOf } from '../../lambdas/tenancy/scope.ts';
import { createToken, hashToken, tokenKinds } from '../../lambdas/tenancy/token.ts';
import { until } from '../support/stack.ts';
import { idOf, OF_B_ONLY } from './ground.ts';
import { type HttpGround, startGround } from './http-ground.ts';

let ground: HttpGround;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground.stop());

const withoutDate = (headers: Headers) =>
  [...headers].filter(([name]) => !['date', 'apigw-requestid', 'x-trace-id'].includes(name));

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
    expect(await ground.count('raw.site_tracking_requests_r WHERE $1 = ANY (event_ids)', [idOf(300)])).toBe(
      0,
    );
    await until('the refusals are noted', async () => {
      const noted = await ground.count(
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
      await ground.count('raw.site_tracking_requests_r WHERE tenant_id = $1 AND $2 = ANY (event_ids)', [
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
    for (const path of [...paths, ...paths])
      for (const tenant of [a, b]) {
        const { text, status, headers } = await call(path, {
          token: tenant.tokens.read,
          customer: tenant.id,
        });
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
    const { tokens } = await provisionTenant(pool, { tenantId: a.id, siteId: 'main', name: 'A' });
    const answered = async (token: string) =>
      (await call('/api/v1/track/async', { token, body: { event_type: 'click' } })).status;
    expect(await answered(tokens.admin)).toBe(202);
    for (const [column, token] of [
      ['revoked_at', tokens.public],
      ['expires_at', tokens.secret],
    ] as const) {
      const { rowCount } = await pool.query(
        `UPDATE auth.api_tokens SET ${column} = CURRENT_TIMESTAMP - interval '1 minute' WHERE token_hash = $1`,
        [hashToken(token)],
      );
      expect(rowCount).toBe(1);
      expect(await answered(token)).toBe(401);
    }
    expect(await answered(createToken('secret'))).toBe(401);
  });
});

describe('T10: the functions of the running stack', () => {
  it('are logged in as the roles and nobody else', async () => {
    const { call, pool } = ground;
    await call('/api/v1/track/status');
    await call('/api/v1/track/async', { body: { event_type: 'click' } });
    const seen = new Set<string>();
    await until('every role has logged in', async () => {
      const { rows } = await pool.query(
        `SELECT usename::text AS name FROM pg_stat_activity WHERE application_name = 'onevault' AND datname = current_database()`,
      );
      for (const { name } of rows) seen.add(String(name));
      return ['ingest', 'loader', 'reader'].every((role) => seen.has(`onevault_${role}`));
    });
    expect([...seen].filter((name) => !/^onevault_(ingest|loader|reader|maintenance)$/.test(name))).toEqual(
      [],
    );
  });
});
