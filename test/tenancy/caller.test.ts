import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../lambdas/platform/problem.ts';
import { createAuthenticator } from '../../lambdas/tenancy/caller.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { createToken, hashToken, type TokenKind } from '../../lambdas/tenancy/token.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

/** A revocation counts everywhere after so many milliseconds. */
const REVOKED_WITHIN = 30_000;
const WRITERS: readonly TokenKind[] = ['public', 'secret'];

let database: TestDatabase;
let acme: ProvisionedTenant;
let globex: ProvisionedTenant;

beforeAll(async () => {
  database = await createDatabase();
  acme = await provisionTenant(database.pool, { tenantId: 'acme', siteId: 'shop', name: 'Acme' });
  globex = await provisionTenant(database.pool, { tenantId: 'globex', siteId: 'main', name: 'Globex' });
});
afterAll(() => database.drop());
afterEach(() => {
  vi.useRealTimers();
});

const headersOf = (token: string, tenant = 'acme', more: Record<string, string> = {}) => ({
  authorization: `Bearer ${token}`,
  'x-customer-id': tenant,
  ...more,
});

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => new Error('Nobody was refused.'),
    (refusal: unknown) => refusal,
  );
  if (error instanceof Problem) return error;
  throw error;
}

const change = (assignment: string, token: string) =>
  database.pool.query(`UPDATE auth.api_tokens SET ${assignment} WHERE token_hash = $1`, [hashToken(token)]);

async function newToken(kind: 'public' | 'secret' = 'public'): Promise<string> {
  const { tokens } = await provisionTenant(database.pool, { tenantId: 'acme', siteId: 'shop', name: 'Acme' });
  return tokens[kind];
}

describe('a caller', () => {
  it.each(WRITERS)('is who its %s token says', async (kind) => {
    const authenticate = createAuthenticator(database.pool);
    const token = kind === 'public' ? acme.tokens.public : acme.tokens.secret;
    const { rows } = await database.pool.query(
      `SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = 'acme'`,
    );
    expect(await authenticate(headersOf(token), WRITERS)).toEqual({
      tenantId: 'acme',
      tenantHk: rows[0]?.tenant_hk,
      siteId: 'shop',
      kind,
    });
  });

  it('may write "bearer" as it likes', async () => {
    const headers = { ...headersOf(acme.tokens.public), authorization: `bEARER   ${acme.tokens.public}` };
    await expect(createAuthenticator(database.pool)(headers, WRITERS)).resolves.toMatchObject({
      tenantId: 'acme',
    });
  });

  it('keeps its old tokens when new ones are issued', async () => {
    await newToken();
    await expect(
      createAuthenticator(database.pool)(headersOf(acme.tokens.public), WRITERS),
    ).resolves.toBeDefined();
  });
});

describe('one answer, whatever is wrong with the token', () => {
  const wrong: readonly [string, () => Record<string, string>][] = [
    ['no header', () => ({ 'x-customer-id': 'acme' })],
    ['another scheme', () => ({ authorization: `Basic ${acme.tokens.public}`, 'x-customer-id': 'acme' })],
    [
      'a tab after Bearer',
      () => ({ authorization: `Bearer\t${acme.tokens.public}`, 'x-customer-id': 'acme' }),
    ],
    ['two tokens', () => headersOf(`${acme.tokens.public} ${acme.tokens.secret}`)],
    ['8 KB of letters', () => headersOf('x'.repeat(8_192))],
    ['a token mistyped', () => headersOf(`${acme.tokens.public.slice(0, -1)}!`)],
    ['a token nobody was given', () => headersOf(createToken('public'))],
    ['another tenant’s token', () => headersOf(globex.tokens.public)],
    ['another tenant’s name', () => headersOf(acme.tokens.public, 'globex')],
    ['a tenant nobody knows', () => headersOf(acme.tokens.public, 'initech')],
    ['no tenant', () => ({ authorization: `Bearer ${acme.tokens.public}` })],
    ['two tenants', () => headersOf(acme.tokens.public, 'acme,globex')],
    ['the tenant in capitals', () => headersOf(acme.tokens.public, 'ACME')],
    ['another tenant’s read token', () => headersOf(globex.tokens.read)],
  ];

  it.each(wrong)('%s', async (_, headers) => {
    const {
      status,
      code,
      message,
      headers: answered,
      members,
      pointer,
    } = await problemOf(createAuthenticator(database.pool)(headers(), WRITERS));
    expect({ status, code, message, answered, members, pointer }).toEqual({
      status: 401,
      code: 'unauthorized',
      message: 'Send a valid token as "Authorization: Bearer …" and its tenant as "X-Customer-ID".',
      answered: { 'www-authenticate': 'Bearer' },
      members: {},
      pointer: undefined,
    });
  });

  it('the database is not asked about what cannot be a token', async () => {
    const authenticate = createAuthenticator({
      query: () => Promise.reject(new Error('The database was asked.')),
    });
    expect((await problemOf(authenticate(headersOf('ovt_pub_nonsense'), WRITERS))).status).toBe(401);
  });
});

describe('a token that may not do this is answered 403', () => {
  it.each(['read', 'admin'] as const)('%s, where events are written', async (kind) => {
    const problem = await problemOf(
      createAuthenticator(database.pool)(headersOf(acme.tokens[kind]), WRITERS),
    );
    expect(problem).toMatchObject({ status: 403, code: 'token_not_allowed' });
  });

  it('from an origin that is not on its list', async () => {
    const token = await newToken();
    await change(`allowed_origins = '{https://shop.example}'`, token);
    const authenticate = createAuthenticator(database.pool);
    await expect(
      authenticate(headersOf(token, 'acme', { origin: 'https://shop.example' }), WRITERS),
    ).resolves.toBeDefined();
    for (const origin of [
      'https://evil.example',
      'null',
      'https://shop.example.evil.example',
      'http://shop.example',
    ]) {
      expect(await problemOf(authenticate(headersOf(token, 'acme', { origin }), WRITERS))).toMatchObject({
        status: 403,
        code: 'origin_not_allowed',
      });
    }
  });
});

describe('a token ends', () => {
  it('at once where nobody asked for it before, when it has expired', async () => {
    const token = await newToken();
    await change(`expires_at = now() - interval '1 second'`, token);
    expect((await problemOf(createAuthenticator(database.pool)(headersOf(token), WRITERS))).status).toBe(401);
  });

  it('not before it expires', async () => {
    const token = await newToken();
    await change(`expires_at = now() + interval '1 hour'`, token);
    await expect(createAuthenticator(database.pool)(headersOf(token), WRITERS)).resolves.toBeDefined();
  });

  it('30 seconds after it was revoked wherever it was in use, and is asked for once until then', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await newToken('secret');
    const query = vi.spyOn(database.pool, 'query');
    const authenticate = createAuthenticator(database.pool);
    await authenticate(headersOf(token), WRITERS);
    await authenticate(headersOf(token), WRITERS);
    expect(query).toHaveBeenCalledOnce();
    query.mockRestore();
    await change('revoked_at = now()', token);
    vi.setSystemTime(Date.now() + REVOKED_WITHIN);
    expect((await problemOf(authenticate(headersOf(token), WRITERS))).status).toBe(401);
  });
});
