import { beforeAll, describe, expect, it } from 'vitest';
import { listedJson } from '../../../cli/token/show.ts';
import { createSite } from '../../../lambdas/tenancy/sites.ts';
import { createTenant, findTenant } from '../../../lambdas/tenancy/tenants.ts';
import { hashToken, isWellFormedToken } from '../../../lambdas/tenancy/token.ts';
import { listTokens } from '../../../lambdas/tenancy/tokens.ts';
import { issued, listed, rotated, useOperator } from './operator.ts';

const operator = useOperator();
const HOUR_MS = 3_600_000;

beforeAll(async () => {
  const pool = operator.pool();
  const shop = { siteId: 'shop', name: 'Shop', origins: ['https://shop.example'] };
  await createSite(pool, await createTenant(pool, 'acme', undefined), shop);
  const globex = await createTenant(pool, 'globex', undefined);
  await createSite(pool, globex, shop);
  await createSite(pool, globex, { siteId: 'blog', name: 'Blog' });
});

const make = (...argv: string[]) => operator.json(issued, 'token', 'create', 'acme', ...argv);
/** The tenant's tokens as the list prints them. */
const all = async (tenantId = 'acme') =>
  listed.parse(
    (await listTokens(operator.pool(), await findTenant(operator.pool(), tenantId))).map(listedJson),
  );
const find = async (tokenId: string, tenantId = 'acme') => {
  const found = (await all(tenantId)).find((token) => token.token_id === tokenId);
  if (found === undefined) throw new Error(`${tokenId} is not listed.`);
  return found;
};

describe('token create', () => {
  it('shows the token once and on standard output only, and keeps nothing but its hash and last letters', async () => {
    const { exitCode, stdout, stderr } = await operator.run('token', 'create', 'acme', '--kind', 'secret');
    expect([exitCode, stderr]).toEqual([0, '']);
    const [token = ''] = stdout.split('\n');
    expect(isWellFormedToken(token)).toBe(true);
    expect(stdout.split(token)).toHaveLength(2);
    expect(await operator.isLive(token)).toBe(true);
    const { rows } = await operator.pool().query(
      `SELECT last_four, to_jsonb(token)::text || (SELECT jsonb_agg(act)::text FROM auth.audit_log AS act) AS everything
       FROM auth.api_tokens AS token WHERE token_hash = $1`,
      [hashToken(token)],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0].last_four).toBe(token.slice(-4));
    // The random part; the prefix and the last letters are no secret.
    expect(rows[0].everything).not.toContain(token.slice(8, -4));
    const list = await operator.run('token', 'list', 'acme');
    expect(list.stdout).toContain(`ovt_sec_…${token.slice(-4)}`);
    expect(list.stdout + list.stderr).not.toContain(token.slice(8, -4));
  });

  it('takes every property, and the list shows it', async () => {
    const made = await make(
      ...['--site', 'shop', '--kind', 'read', '--name', 'Board of Directors', '--rate', '25'],
      ...[
        '--origin',
        'https://Board.Example',
        '--origin',
        'http://localhost:3000',
        '--origin',
        'https://board.example',
      ],
      ...['--scope', 'analytics:read', '--expires', '2099-02-03'],
    );
    const list = await operator.json(listed, 'token', 'list', 'acme');
    expect(list.find(({ token_id }) => token_id === made.token_id)).toEqual({
      token_id: made.token_id,
      kind: 'read',
      name: 'Board of Directors',
      site_id: 'shop',
      token: `ovt_read_…${made.token.slice(-4)}`,
      state: 'live',
      origins: ['https://board.example', 'http://localhost:3000'],
      scopes: ['analytics:read'],
      rate_limit: 25,
      created_at: expect.any(String),
      expires_at: '2099-02-03T00:00:00.000Z',
      revoked_at: null,
      last_used_at: null,
    });
  });

  it('counts days to its end from now', async () => {
    const { expires_at } = await make('--kind', 'admin', '--expires', '90d');
    const days = (Date.parse(expires_at ?? '') - Date.now()) / (24 * HOUR_MS);
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
  });

  it('makes a public token only where a browser could use it', async () => {
    expect(await find((await make('--kind', 'public')).token_id)).toMatchObject({ origins: null });
    expect(
      await operator.refused('token', 'create', 'globex', '--kind', 'public', '--site', 'blog'),
    ).toContain('name the origins it may be used from with --origin, or give them to the site "blog" first');
    const anywhere = await operator.json(
      issued,
      ...['token', 'create', 'globex', '--kind', 'public', '--site', 'blog', '--origin', '*'],
    );
    expect(await find(anywhere.token_id, 'globex')).toMatchObject({ origins: ['*'] });
  });

  it.each([
    [
      ['--kind', 'public', '--scope', 'analytics:read'],
      'A public token may have events:write, not analytics:read.',
    ],
    [['--kind', 'root'], '--kind takes public, secret, read, admin, not "root".'],
    [[], '--kind takes public, secret, read, admin.'],
    [['--kind', 'secret', '--scope', 'everything'], '--scope takes events:write'],
    [['--kind', 'secret', '--site', 'blog'], 'The tenant has no site "blog"; it has shop.'],
    [['--kind', 'secret', '--rate', '0'], '--rate takes a whole number from 1'],
    [['--kind', 'secret', '--expires', '2020-01-01'], 'A token ends in the future.'],
    [['--kind', 'secret', '--expires', 'soon'], '--expires takes days, like 90d, or a date'],
    [['--kind', 'secret', '--name', 'a\u0007b'], 'A name has no control characters.'],
    [['--kind', 'secret', '--name', 'x'.repeat(101)], 'A name has at most 100 characters.'],
    [['--kind', 'secret', '--origin', 'https://shop.example/cart'], '"https://shop.example/cart" is none.'],
    [['--kind', 'secret', 'another'], 'token create takes TENANT and options. See: onevault token --help'],
  ])('refuses %j, says what to change, and makes nothing', async (argv, sentence) => {
    const before = await all();
    expect(await operator.refused('token', 'create', 'acme', ...argv)).toContain(sentence);
    expect(await all()).toEqual(before);
  });

  it('asks which site when the tenant has several, and for a tenant when there is none', async () => {
    expect(await operator.refused('token', 'create', 'globex', '--kind', 'read')).toContain(
      'The tenant has several sites; name one of blog, shop.',
    );
    expect(await operator.refused('token', 'create', 'nobody', '--kind', 'read')).toBe(
      'onevault: There is no tenant "nobody". See: onevault tenant list\n',
    );
  });
});

describe('token rotate', () => {
  it('gives a new token with the same properties, and both work until the grace has passed', async () => {
    const old = await make(
      ...[
        '--kind',
        'read',
        '--name',
        'Wall',
        '--rate',
        '5',
        '--scope',
        'pipeline:read',
        '--origin',
        'https://wall.example',
      ],
    );
    const [made] = await operator.json(rotated, 'token', 'rotate', old.token_id, '--grace', '2');
    if (made === undefined) throw new Error('Nothing was rotated.');
    expect(made.token).not.toBe(old.token);
    expect(made).toMatchObject({ replaces: old.token_id, kind: 'read', name: 'Wall', expires_at: null });
    const [was, is] = [await find(old.token_id), await find(made.token_id)];
    const own = (token: typeof was) => [
      token.name,
      token.site_id,
      token.origins,
      token.scopes,
      token.rate_limit,
    ];
    expect(own(is)).toEqual(own(was));
    expect(await operator.isLive(old.token)).toBe(true);
    expect(await operator.isLive(made.token)).toBe(true);
    expect(was.expires_at).toBe(made.replaced_until);
    expect(Math.round((Date.parse(made.replaced_until) - Date.now()) / HOUR_MS)).toBe(2);

    await operator
      .pool()
      .query('UPDATE auth.api_tokens SET expires_at = CURRENT_TIMESTAMP WHERE token_id = $1', [old.token_id]);
    expect((await find(old.token_id)).state).toBe('expired');
    expect(await operator.isLive(old.token)).toBe(false);
  });

  it('gives a token that was to live for some days as many days anew, and never lengthens the old one’s life', async () => {
    const old = await make('--kind', 'secret', '--expires', '1d');
    await operator.pool().query(
      `UPDATE auth.api_tokens SET created_at = created_at - interval '23 hours', expires_at = expires_at - interval '23 hours'
       WHERE token_id = $1`,
      [old.token_id],
    );
    const before = await find(old.token_id);
    const [made] = await operator.json(rotated, 'token', 'rotate', old.token_id);
    expect(made?.replaced_until).toBe(before.expires_at);
    expect(Math.round((Date.parse(made?.expires_at ?? '') - Date.now()) / HOUR_MS)).toBe(24);
  });

  it('ends the old one at once without grace, and leaves one that was replaced to its end', async () => {
    const old = await make('--kind', 'secret');
    await operator.done('token', 'rotate', old.token_id, '--grace', '0');
    expect(await operator.isLive(old.token)).toBe(false);

    const graceful = await make('--kind', 'secret');
    await operator.done('token', 'rotate', graceful.token_id);
    const ends = (await find(graceful.token_id)).expires_at;
    expect(await operator.refused('token', 'rotate', graceful.token_id)).toContain('was replaced before');
    expect((await find(graceful.token_id)).expires_at).toBe(ends);
  });

  it('makes one new token when two operators rotate at once', async () => {
    const old = await make('--kind', 'secret');
    const before = (await all()).length;
    const runs = await Promise.all([1, 2, 3].map(() => operator.run('token', 'rotate', old.token_id)));
    expect(runs.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1, 1]);
    expect(await all()).toHaveLength(before + 1);
  });

  it.each([
    ['--grace', '721'],
    ['--grace', '-1'],
  ])('refuses %s %s', async (...argv) => {
    const old = await make('--kind', 'secret');
    expect((await operator.run('token', 'rotate', old.token_id, ...argv)).exitCode).toBe(1);
    expect((await find(old.token_id)).expires_at).toBeNull();
  });
});

describe('token revoke', () => {
  it('ends one token and no other, and says so once', async () => {
    const [first, second] = [await make('--kind', 'secret'), await make('--kind', 'secret')];
    expect(await operator.done('token', 'revoke', first.token_id)).toContain(first.token_id);
    expect(await operator.isLive(first.token)).toBe(false);
    expect(await operator.isLive(second.token)).toBe(true);
    const { state, revoked_at } = await find(first.token_id);
    expect(state).toBe('revoked');
    expect(await operator.done('token', 'revoke', first.token_id)).toBe(
      'There was no live token to revoke.\n',
    );
    expect((await find(first.token_id)).revoked_at).toBe(revoked_at);
    expect(await operator.refused('token', 'rotate', first.token_id)).toContain('not live any more');
  });

  it.each(['not-an-id', '0190a0b0-c0d0-7000-8000-000000000001', "' OR true --"])(
    'says that there is no token %j',
    async (id) => {
      expect(await operator.refused('token', 'revoke', id)).toBe(
        `onevault: There is no token with the id "${id}". See: onevault token list\n`,
      );
    },
  );
});

it('every change is in the audit log with its operator and the token’s id, and no look is', async () => {
  await operator.done('tenant', 'create', 'audited');
  await operator.done('site', 'create', 'audited', 'main');
  const old = await operator.json(issued, 'token', 'create', 'audited', '--kind', 'secret');
  const [made] = await operator.json(rotated, 'token', 'rotate', old.token_id);
  await operator.done('token', 'revoke', old.token_id);
  await operator.done('token', 'list', 'audited');
  await operator.refused('token', 'create', 'audited', '--kind', 'public');
  const { rows } = await operator.pool().query('SELECT session_user AS name');
  const acts = await operator.acts('audited');
  expect(acts.map(({ action, subject }) => [action, subject])).toEqual([
    ['tenant.create', 'audited'],
    ['site.create', 'main'],
    ['token.create', old.token_id],
    ['token.create', made?.token_id],
    ['token.rotate', old.token_id],
    ['token.revoke', old.token_id],
  ]);
  for (const act of acts) expect(act).toMatchObject({ actor: `operator:${rows[0].name}`, outcome: 'done' });
});

it('notes when a token was last used', async () => {
  const { token, token_id } = await make('--kind', 'secret');
  await operator.isLive(token);
  expect((await find(token_id)).last_used_at).not.toBeNull();
});

it('names its actions, and says what a database without tables lacks', async () => {
  expect((await operator.run('token')).stdout).toMatch(/^Usage: onevault token ACTION/);
  expect((await operator.run('token', 'create', '--help')).stdout).toMatch(/^Usage: onevault token ACTION/);
  expect(await operator.refused('token', 'toString')).toBe(
    'onevault: token has no action "toString"; it has create, list, rotate, revoke.\n',
  );
});
