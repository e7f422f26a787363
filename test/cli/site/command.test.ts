import { beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import type { Tenant } from '../../../lambdas/platform/postgres.ts';
import { createSite, listSites } from '../../../lambdas/tenancy/sites.ts';
import { createTenant } from '../../../lambdas/tenancy/tenants.ts';
import { createTokenFor } from '../../../lambdas/tenancy/tokens.ts';
import { rotated, useOperator } from '../token/operator.ts';

const operator = useOperator();
let acme: Tenant;
beforeAll(async () => {
  acme = await createTenant(operator.pool(), 'acme', undefined);
  await createSite(operator.pool(), acme, { siteId: 'first', name: 'First' });
});

const site = z.object({
  site_id: z.string(),
  name: z.string(),
  time_zone: z.string(),
  origins: z.array(z.string()),
  live_tokens: z.number(),
  created_at: z.string(),
});

it('makes a site that counts by its own days, with origins as browsers spell them, each once', async () => {
  const made = await operator.json(
    site,
    ...['site', 'create', 'acme', 'shop', '--name', 'The Shop', '--time-zone', 'America/New_York'],
    ...['--origin', 'HTTPS://Shop.Example:443', '--origin', 'https://shop.example'],
    ...['--origin', 'http://localhost:8080', '--origin', 'https://bücher.example', '--origin', '*'],
  );
  expect(made).toMatchObject({
    site_id: 'shop',
    name: 'The Shop',
    time_zone: 'America/New_York',
    origins: ['https://shop.example', 'http://localhost:8080', 'https://xn--bcher-kva.example', '*'],
  });
  expect(await operator.refused('site', 'create', 'acme', 'shop')).toContain(
    'The tenant has a site "shop" already.',
  );
  expect(
    (await operator.json(z.array(site), 'site', 'list', 'acme')).filter((each) => each.site_id === 'shop'),
  ).toEqual([made]);
});

it('is called by its id and counts by UTC when nobody says more', async () => {
  expect(await operator.json(site, 'site', 'create', 'acme', 'plain')).toMatchObject({
    name: 'plain',
    time_zone: 'UTC',
    origins: [],
  });
});

it('changes what is named, leaves the rest, and writes nothing when it was so already', async () => {
  await operator.done('site', 'create', 'acme', 'changing', '--origin', 'https://a.example', '--name', 'A');
  const set = (...argv: string[]) => operator.json(site, 'site', 'set', 'acme', 'changing', ...argv);
  const changed = await set('--time-zone', 'Asia/Kolkata');
  expect(changed).toMatchObject({ name: 'A', time_zone: 'Asia/Kolkata', origins: ['https://a.example'] });
  expect(await set('--origin', 'https://b.example', '--name', 'B')).toMatchObject({
    name: 'B',
    time_zone: 'Asia/Kolkata',
    origins: ['https://b.example'],
  });
  const acts = await operator.acts('acme');
  expect(acts.at(-1)).toMatchObject({ action: 'site.set', subject: 'changing' });
  await set('--name', 'B');
  expect(await operator.acts('acme')).toEqual(acts);
  expect(await set('--origin', 'none')).toMatchObject({ origins: [] });
});

it.each([
  [['--origin', 'https://shop.example/'], '"https://shop.example/" is none.'],
  [['--origin', 'https://shop.example?x'], '"https://shop.example?x" is none.'],
  [['--origin', 'https://user:pw@shop.example'], 'An origin is http or https, host and port'],
  [['--origin', 'shop.example'], 'An origin is http or https, host and port'],
  [['--origin', 'ftp://shop.example'], 'An origin is http or https, host and port'],
  [['--origin', 'null'], 'An origin is http or https, host and port'],
  [['--origin', 'https://*.shop.example'], '"https://*.shop.example" is none.'],
  [['--origin', 'https://a b.example'], 'An origin is http or https, host and port'],
  [['--time-zone', 'Mars/Olympus'], 'A time zone is a name of the IANA list'],
  [['--time-zone', '+02:00'], 'A time zone is a name of the IANA list'],
  [['--time-zone', 'EST5EDT'], 'A time zone is a name of the IANA list'],
  [['--time-zone', 'CET'], 'A time zone is a name of the IANA list'],
  [['--time-zone', 'US/Pacific-New'], 'The database does not know this time zone'],
  [['--name', ''], 'A name has at least one character.'],
])('refuses %j and makes nothing', async (argv, sentence) => {
  expect(await operator.refused('site', 'create', 'acme', 'refused', ...argv)).toContain(sentence);
  const sites = await listSites(operator.pool(), acme);
  expect(sites.map((each) => each.site_id)).not.toContain('refused');
});

it('keeps a time zone as its list spells it, and leaves it when the new one is none to the database', async () => {
  const zoneOf = async () =>
    (await listSites(operator.pool(), acme)).find((each) => each.site_id === 'zoned')?.time_zone;
  await operator.done('site', 'create', 'acme', 'zoned', '--time-zone', 'europe/berlin');
  expect(await zoneOf()).toBe('Europe/Berlin');
  const set = (zone: string) => ['site', 'set', 'acme', 'zoned', '--time-zone', zone];
  expect(await operator.refused(...set('US/Pacific-New'))).toContain('The database does not know');
  expect(await zoneOf()).toBe('Europe/Berlin');
});

it('refuses an id that is none, a site that is not there, and a change of nothing', async () => {
  expect(await operator.refused('site', 'create', 'acme', 'a/b')).toContain('A site id has 1 to 100');
  expect(await operator.refused('site', 'set', 'acme', 'nowhere', '--name', 'x')).toContain(
    'The tenant has no site "nowhere"',
  );
  expect(await operator.refused('site', 'set', 'acme', 'first')).toContain('Say what to change');
  expect(await operator.refused('site', 'revoke', 'acme', 'nowhere')).toContain(
    'The tenant has no site "nowhere"',
  );
  expect(await operator.refused('site', 'list', 'nobody')).toContain('There is no tenant "nobody"');
});

it('replaces and revokes the tokens of one site and no other', async () => {
  const pool = operator.pool();
  for (const id of ['left', 'right']) await operator.done('site', 'create', 'acme', id);
  const left = await createTokenFor(pool, acme, { kind: 'secret', siteId: 'left' });
  const right = await createTokenFor(pool, acme, { kind: 'secret', siteId: 'right' });
  const made = await operator.json(rotated, 'site', 'rotate', 'acme', 'left');
  expect(made.map(({ replaces }) => replaces)).toEqual([left.tokenId]);
  expect(await operator.done('site', 'revoke', 'acme', 'left')).toContain('2 revoked');
  expect(await operator.isLive(left.token)).toBe(false);
  expect(await operator.isLive(made[0]?.token ?? '')).toBe(false);
  expect(await operator.isLive(right.token)).toBe(true);
  expect((await operator.acts('acme')).at(-1)).toMatchObject({ action: 'site.revoke', subject: 'left' });
});
