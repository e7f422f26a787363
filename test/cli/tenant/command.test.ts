import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createSite } from '../../../lambdas/tenancy/sites.ts';
import { createTenant } from '../../../lambdas/tenancy/tenants.ts';
import { createTokenFor } from '../../../lambdas/tenancy/tokens.ts';
import { rotated, useOperator } from '../token/operator.ts';

const operator = useOperator();

const shown = z.object({
  tenant_id: z.string(),
  name: z.string().nullable(),
  live_tokens: z.number(),
  settings: z.record(z.string(), z.unknown()),
});
const profile = z.object({
  load_date: z.date(),
  load_end_date: z.date().nullable(),
  configuration: z.unknown(),
  record_source: z.string(),
});

async function profiles(tenantId: string) {
  const { rows } = await operator.pool().query(
    `SELECT profile.* FROM auth.tenant_profile_s AS profile JOIN auth.tenant_h USING (tenant_hk)
     WHERE tenant_bk = $1 ORDER BY profile.load_date`,
    [tenantId],
  );
  return z.array(profile).parse(rows);
}

describe('tenant create', () => {
  it('makes a tenant with the default settings, once', async () => {
    expect(await operator.json(shown, 'tenant', 'create', 'acme', '--name', 'Acme & Söhne')).toEqual({
      tenant_id: 'acme',
      name: 'Acme & Söhne',
      live_tokens: 0,
      settings: {
        enabled: true,
        privacy_mode: 'standard',
        batch_processing: false,
        redaction: { deny_keys: [], allow_keys: [] },
        data_retention_days: null,
        staging_retention_days: null,
        vault_retention_days: null,
        marts_retention_days: null,
      },
    });
    expect(await operator.refused('tenant', 'create', 'acme')).toBe(
      'onevault: There is a tenant "acme" already.\n',
    );
  });

  it.each([
    [['a b'], 'A tenant id has 1 to 100 letters, digits, dots, dashes or underscores.'],
    [['x'.repeat(101)], 'A tenant id has 1 to 100'],
    [['fine', '--name', ''], 'A name has at least one character.'],
    [['fine', '--name', '\u202Eevil'], 'A name has no control characters.'],
    [[], 'tenant create takes TENANT and options. See: onevault tenant --help'],
    [['fine', '--nmae', 'x'], 'onevault tenant --help'],
  ])('refuses %j and makes nothing', async (argv, sentence) => {
    expect(await operator.refused('tenant', 'create', ...argv)).toContain(sentence);
    const { rows } = await operator.pool().query("SELECT FROM auth.tenant_h WHERE tenant_bk = 'fine'");
    expect(rows).toEqual([]);
  });
});

describe('tenant set', () => {
  it('changes the settings that are named, one open row at a time, and keeps what was', async () => {
    await createTenant(operator.pool(), 'settled', undefined);
    const set = (...argv: string[]) =>
      operator.json(shown.extend({ changed: z.boolean() }), 'tenant', 'set', 'settled', ...argv);
    const first = await set('--enabled', 'false', '--retention-days', '30');
    expect(first).toMatchObject({ changed: true, settings: { enabled: false, data_retention_days: 30 } });
    const second = await set('--privacy-mode', 'strict', '--batch-processing', 'true', '--enabled', 'true');
    expect(second.settings).toMatchObject({
      enabled: true,
      privacy_mode: 'strict',
      batch_processing: true,
      data_retention_days: 30,
      vault_retention_days: null,
    });
    const days = [
      '--staging-retention-days',
      '10',
      '--vault-retention-days',
      '400',
      '--marts-retention-days',
      '800',
    ];
    const third = await set('--retention-days', 'none', '--name', 'Settled', ...days);
    expect(third).toMatchObject({
      name: 'Settled',
      settings: {
        data_retention_days: null,
        staging_retention_days: 10,
        vault_retention_days: 400,
        marts_retention_days: 800,
      },
    });

    const rows = await profiles('settled');
    expect(rows.map(({ configuration }) => configuration)).toEqual([
      { site_tracking: { enabled: false, data_retention_days: 30 } },
      {
        site_tracking: {
          enabled: true,
          data_retention_days: 30,
          privacy_mode: 'strict',
          batch_processing: true,
        },
      },
      {
        site_tracking: {
          enabled: true,
          privacy_mode: 'strict',
          batch_processing: true,
          name: 'Settled',
          staging_retention_days: 10,
          vault_retention_days: 400,
          marts_retention_days: 800,
        },
      },
    ]);
    expect(rows.map(({ load_end_date }) => load_end_date)).toEqual([
      rows[1]?.load_date,
      rows[2]?.load_date,
      null,
    ]);
    expect((await operator.acts('settled')).map(({ action }) => action)).toEqual([
      'tenant.create',
      'tenant.set',
      'tenant.set',
      'tenant.set',
    ]);
  });

  it('writes nothing when it was so already', async () => {
    await createTenant(operator.pool(), 'steady', undefined);
    await operator.done('tenant', 'set', 'steady', '--enabled', 'false');
    const before = [await profiles('steady'), await operator.acts('steady')];
    expect(await operator.done('tenant', 'set', 'steady', '--enabled', 'false')).toContain(
      'It was so already.',
    );
    expect(await operator.done('tenant', 'set', 'steady', '--retention-days', 'none')).toContain(
      'It was so already.',
    );
    expect([await profiles('steady'), await operator.acts('steady')]).toEqual(before);
  });

  it('leaves one open row, whoever changes at the same time', async () => {
    await createTenant(operator.pool(), 'contested', undefined);
    const runs = await Promise.all(
      ['10', '20', '30', '40'].map((days) =>
        operator.run('tenant', 'set', 'contested', '--retention-days', days),
      ),
    );
    expect(runs.map(({ stderr, exitCode }) => [exitCode, stderr])).toEqual(Array(4).fill([0, '']));
    const rows = await profiles('contested');
    expect(rows).toHaveLength(4);
    expect(rows.filter(({ load_end_date }) => load_end_date === null)).toHaveLength(1);
  });

  it.each([
    [[], 'Name a setting to change.'],
    [['--enabled', 'yes'], '--enabled takes true or false, not "yes".'],
    [['--privacy-mode', 'lax'], '--privacy-mode takes off, standard, strict, not "lax".'],
    [['--retention-days', '0'], '--retention-days takes a whole number from 1 to 36500, not "0".'],
    [
      ['--vault-retention-days', '1.5'],
      '--vault-retention-days takes a whole number from 1 to 36500, not "1.5".',
    ],
  ])('refuses %j and writes nothing', async (argv, sentence) => {
    const before = await profiles('acme');
    expect(await operator.refused('tenant', 'set', 'acme', ...argv)).toContain(sentence);
    expect(await profiles('acme')).toEqual(before);
  });

  it('says which setting of a profile nobody can read', async () => {
    const { tenantHk } = await createTenant(operator.pool(), 'garbled', undefined);
    await operator.pool().query(
      `INSERT INTO auth.tenant_profile_s (tenant_hk, hash_diff, configuration, record_source)
       VALUES ($1, '\\x00', '{"site_tracking": {"privacy_mode": "lax"}}', 'by hand')`,
      [tenantHk],
    );
    expect(await operator.done('tenant', 'show', 'garbled')).toContain(
      'The profile holds no readable privacy_mode: the safest value counts until it is set.',
    );
    expect(await operator.done('tenant', 'set', 'garbled', '--privacy-mode', 'off')).not.toContain(
      'readable',
    );
  });
});

describe('all tokens of a tenant', () => {
  it('are replaced at once, each by one of its kind, and a second time only the new ones', async () => {
    const pool = operator.pool();
    const tenant = await createTenant(pool, 'rotating', undefined);
    await createSite(pool, tenant, { siteId: 'main', name: 'Main' });
    const old = [
      await createTokenFor(pool, tenant, { kind: 'secret', name: 'one' }),
      await createTokenFor(pool, tenant, { kind: 'admin', name: 'two' }),
    ];
    const first = await operator.json(rotated, 'tenant', 'rotate', 'rotating', '--grace', '1');
    expect(first.map(({ kind, name, replaces }) => [kind, name, replaces])).toEqual(
      old.map(({ kind, name, tokenId }) => [kind, name, tokenId]),
    );
    const second = await operator.json(rotated, 'tenant', 'rotate', 'rotating');
    expect(second.map(({ replaces }) => replaces).sort()).toEqual(
      first.map(({ token_id }) => token_id).sort(),
    );
    for (const { token } of [...old, ...first, ...second]) expect(await operator.isLive(token)).toBe(true);
    expect((await operator.acts('rotating')).at(-1)).toMatchObject({
      action: 'tenant.rotate',
      subject: 'rotating',
    });
  });

  it('are revoked at once, and no other tenant’s', async () => {
    const pool = operator.pool();
    const tokens: string[] = [];
    for (const id of ['ending', 'staying']) {
      const tenant = await createTenant(pool, id, undefined);
      await createSite(pool, tenant, { siteId: 'main', name: 'Main' });
      for (const kind of ['secret', 'read'] as const) {
        tokens.push((await createTokenFor(pool, tenant, { kind })).token);
      }
    }
    expect(await operator.done('tenant', 'revoke', 'ending')).toContain('2 revoked');
    const live = [];
    for (const token of tokens) live.push(await operator.isLive(token));
    expect(live).toEqual([false, false, true, true]);
    expect((await operator.acts('ending')).at(-1)).toMatchObject({
      action: 'tenant.revoke',
      subject: 'ending',
    });
  });
});

it('lists tenants, and shows one with its sites and tokens, printing nothing that drives a terminal', async () => {
  const pool = operator.pool();
  await pool.query(
    "INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source) VALUES ('\\x0b', E'old \\u001b[2J one', 'x')",
  );
  const tenant = await createTenant(pool, 'listed', 'Listed');
  await createSite(pool, tenant, {
    siteId: 'main',
    name: 'Main',
    timeZone: 'Europe/Berlin',
    origins: ['https://listed.example'],
  });
  const token = await createTokenFor(pool, tenant, { kind: 'public', name: 'Web' });
  const list = await operator.done('tenant', 'list');
  expect(list).toMatch(/^tenant +name +enabled +sites +live tokens +created\n/);
  expect(list).toMatch(/^listed +Listed +yes +1 +1 +\d{4}-/m);
  expect(list).toContain('old \\x1b[2J one');
  expect(list).not.toContain('\u001b');
  const show = await operator.done('tenant', 'show', 'listed');
  expect(show).toMatch(/^privacy mode +standard$/m);
  expect(show).toMatch(/^main +Main +Europe\/Berlin +https:\/\/listed.example +1 /m);
  expect(show).toContain(`ovt_pub_…${token.token.slice(-4)}`);
  expect(show).not.toContain(token.token);
  expect(await operator.refused('tenant', 'show', 'nobody')).toContain('There is no tenant "nobody".');
});

it('tenant set takes names whose values are redacted or left alone, both lists at once', async () => {
  await operator.done('tenant', 'create', 'lists');
  const changed = z.object({ settings: z.object({ redaction: z.unknown() }) });
  expect(
    await operator.json(
      changed,
      'tenant',
      'set',
      'lists',
      '--redact-keys',
      'nick, shoe_size',
      '--leave-keys',
      'order_token',
    ),
  ).toEqual({ settings: { redaction: { deny_keys: ['nick', 'shoe_size'], allow_keys: ['order_token'] } } });
  expect(await operator.refused('tenant', 'set', 'lists', '--redact-keys', '!!')).toContain(
    'a letter or a digit',
  );
});
