import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseRoles } from '../../lambdas/platform/database-roles.ts';
import type { Queryable } from '../../lambdas/platform/postgres.ts';
import { Problem } from '../../lambdas/platform/problem.ts';
import {
  createAuthenticator,
  credentialsOf,
  requireScope,
  type TokenHolder,
} from '../../lambdas/tenancy/caller.ts';
import { type ProvisionedTenant, provisionTenant } from '../../lambdas/tenancy/provision.ts';
import { scopes, scopesOf } from '../../lambdas/tenancy/scope.ts';
import { createToken, hashToken, tokenKinds } from '../../lambdas/tenancy/token.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/pipeline.ts';

/** A revocation counts everywhere after so many milliseconds. */
const REVOKED_WITHIN = 30_000;

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

/** A process of its own that has seen no token yet, logged in as the role it has in a deployment. */
function newProcess(): (headers: Record<string, string>) => Promise<TokenHolder> {
  const authenticate = createAuthenticator(database.as(databaseRoles.ingest), silent);
  return (headers) => authenticate(credentialsOf(headers));
}

describe('a caller', () => {
  it.each(tokenKinds)('is who its %s token says', async (kind) => {
    const { rows } = await database.pool.query(
      `SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = 'acme'`,
    );
    expect(await newProcess()(headersOf(acme.tokens[kind]))).toEqual({
      tenantId: 'acme',
      tenantHk: rows[0]?.tenant_hk,
      siteId: 'shop',
      kind,
      tokenId: expect.any(String),
      tokenHash: hashToken(acme.tokens[kind]),
      scopes: scopesOf[kind],
      origins: [],
      rateLimit: null,
      settings: {
        enabled: true,
        privacy_mode: 'standard',
        batch_processing: false,
        redaction: { deny_keys: [], allow_keys: [] },
      },
    });
  });

  it('may write "bearer" as it likes', async () => {
    const headers = { ...headersOf(acme.tokens.public), authorization: `bEARER   ${acme.tokens.public}` };
    await expect(newProcess()(headers)).resolves.toMatchObject({ tenantId: 'acme' });
  });

  it('keeps its old tokens when new ones are issued', async () => {
    await newToken();
    await expect(newProcess()(headersOf(acme.tokens.public))).resolves.toBeDefined();
  });

  it('of a tenant whose name has a comma or no ASCII is named whole or percent-encoded', async () => {
    const odd = 'Café, Bar & Söhne!';
    const { rows } = await database.pool.query(
      `INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source) VALUES (util.hash_binary($1), $1, 'test') RETURNING tenant_bk`,
      [odd],
    );
    expect(rows).toHaveLength(1);
    const { tokens } = await provisionTenant(database.pool, { tenantId: odd, siteId: 's', name: 'Odd' });
    // The last as Python's urllib.parse.quote has it.
    for (const name of [odd, encodeURIComponent(odd), encodeURIComponent(odd).replace('!', '%21')]) {
      await expect(newProcess()(headersOf(tokens.secret, name))).resolves.toMatchObject({ tenantId: odd });
    }
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
    } = await problemOf(newProcess()(headers()));
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
    const authenticate = createAuthenticator(
      { query: () => Promise.reject(new Error('The database was asked.')) },
      silent,
    );
    expect((await problemOf(authenticate({ token: 'ovt_pub_nonsense', customerId: 'acme' }))).status).toBe(
      401,
    );
  });
});

it.each(['acme,globex', 'acme,acme', 'globex, acme', 'acme,'])(
  'a tenant header sent twice, which the gateway joins to "%s", is ambiguous',
  async (customer) => {
    for (const token of [acme.tokens.public, globex.tokens.public, createToken('public')]) {
      expect(await problemOf(newProcess()(headersOf(token, customer)))).toMatchObject({
        status: 400,
        code: 'ambiguous_customer',
      });
    }
  },
);

describe('a token is good for', () => {
  it.each(tokenKinds)('what its kind may do, and no more: %s', async (kind) => {
    const holder = await newProcess()(headersOf(acme.tokens[kind]));
    for (const scope of scopes) {
      const attempt = () => requireScope(holder, scope);
      if (scopesOf[kind].includes(scope)) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(expect.objectContaining({ status: 403, code: 'token_not_allowed' }));
    }
  });

  it('what it was made for, where that is less; what its kind may not do is not added', async () => {
    const token = await newToken('secret');
    await change(`scopes = '{pipeline:run,analytics:read}'`, token);
    expect((await newProcess()(headersOf(token))).scopes).toEqual([]);
    await change(`token_kind = 'admin'`, token);
    expect((await newProcess()(headersOf(token))).scopes).toEqual(['analytics:read', 'pipeline:run']);
  });
});

describe('a token ends', () => {
  it('at once where nobody asked for it before, when it has expired', async () => {
    const token = await newToken();
    await change(`expires_at = now() - interval '1 second'`, token);
    expect((await problemOf(newProcess()(headersOf(token)))).status).toBe(401);
  });

  it('when it expires, though it was in use until then', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await newToken();
    await change(`expires_at = clock_timestamp() + interval '1 second'`, token);
    const query = vi.spyOn(database.as(databaseRoles.ingest), 'query');
    const authenticate = newProcess();
    await expect(authenticate(headersOf(token))).resolves.toBeDefined();
    vi.setSystemTime(Date.now() + 2_000);
    await change(`expires_at = clock_timestamp() - interval '1 second'`, token);
    expect((await problemOf(authenticate(headersOf(token)))).status).toBe(401);
    expect(query).toHaveBeenCalledTimes(2);
    query.mockRestore();
  });

  it('30 seconds after it was revoked wherever it was in use, and is asked for once until then', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const token = await newToken('secret');
    const query = vi.spyOn(database.as(databaseRoles.ingest), 'query');
    const authenticate = newProcess();
    await authenticate(headersOf(token));
    await authenticate(headersOf(token));
    expect(query).toHaveBeenCalledOnce();
    query.mockRestore();
    await change('revoked_at = now()', token);
    vi.setSystemTime(Date.now() + REVOKED_WITHIN);
    expect((await problemOf(authenticate(headersOf(token)))).status).toBe(401);
  });
});

it('a flood of made-up tokens pushes out nobody who is known', async () => {
  const none = { rows: [], rowCount: 0, command: 'SELECT', oid: 0, fields: [] };
  const own = hashToken(acme.tokens.public);
  let asked = 0;
  const flooded: Queryable = {
    query(statement, values) {
      const [hash] = values ?? [];
      if (!(hash instanceof Buffer && hash.equals(own))) return Promise.resolve(none);
      asked += 1;
      return database.pool.query(statement, [...(values ?? [])]);
    },
  };
  const authenticate = createAuthenticator(flooded, silent);
  const authenticateOwn = () => authenticate(credentialsOf(headersOf(acme.tokens.public)));
  await authenticateOwn();
  for (let call = 0; call < 10_001; call += 1) {
    await expect(authenticate({ token: createToken('public'), customerId: 'acme' })).rejects.toThrow();
  }
  await expect(authenticateOwn()).resolves.toMatchObject({ tenantId: 'acme' });
  expect(asked).toBe(1);
});

it('a changed setting counts after 30 seconds wherever its tenant is in use', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const authenticate = newProcess();
  const headers = headersOf(globex.tokens.secret, 'globex');
  expect((await authenticate(headers)).settings.enabled).toBe(true);
  await database.pool.query(
    `INSERT INTO auth.tenant_profile_s (tenant_hk, load_date, hash_diff, configuration, record_source)
     SELECT tenant_hk, now(), '\\x00', '{"site_tracking": {"enabled": false}}', 'test' FROM auth.tenant_h WHERE tenant_bk = 'globex'`,
  );
  vi.setSystemTime(Date.now() + REVOKED_WITHIN);
  expect((await authenticate(headers)).settings).toEqual({
    enabled: false,
    privacy_mode: 'standard',
    batch_processing: false,
    redaction: { deny_keys: [], allow_keys: [] },
  });
});
