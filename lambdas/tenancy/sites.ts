import * as z from 'zod';
import { type Queryable, sqlState, type Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { recordAct } from './operator-acts.ts';
import { RefusedChange } from './refused-change.ts';
import { displayName } from './tenants.ts';
import { timeZone, UNKNOWN_ZONE } from './time-zone.ts';

/** Scheme, host and port, and nothing behind them: what a browser's Origin header holds. A star in a host would match no browser. */
const ORIGIN = /^https?:\/\/[^/?#@\\*\s]+$/i;
const MAX_ORIGINS = 100;

/** An origin as browsers spell it, or `*` for any. */
const origin = z.string().transform((text, context) => {
  if (text === '*') return text;
  const url = ORIGIN.test(text) ? URL.parse(text) : null;
  if (url !== null) return url.origin;
  context.addIssue(
    `An origin is http or https, host and port, like https://example.com, or * for any: "${text.slice(0, 100)}" is none.`,
  );
  return z.NEVER;
});

/** Origins from which browsers may call, each once. */
export const originList = z
  .array(origin)
  .max(MAX_ORIGINS, `A list has at most ${MAX_ORIGINS} origins.`)
  .transform((list) => [...new Set(list)]);

const newSite = z.object({
  siteId: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'A site id has 1 to 100 letters, digits, dots, dashes or underscores.'),
  name: displayName(255),
  timeZone: timeZone.default('UTC'),
  origins: originList.default([]),
});
export type NewSite = z.input<typeof newSite>;

/** What to change of a site; what is left out stays. */
const siteChange = z.object({
  name: displayName(255).optional(),
  timeZone: timeZone.optional(),
  origins: originList.optional(),
});
export type SiteChange = z.input<typeof siteChange>;

const listedSite = z.object({
  site_id: z.string(),
  site_name: z.string(),
  time_zone: z.string(),
  allowed_origins: z.array(z.string()),
  created_at: z.date(),
  live_tokens: z.number(),
});
export type ListedSite = z.infer<typeof listedSite>;

const makeStatement = readStatement('tenancy/make_site');
const changeStatement = readStatement('tenancy/change_site');
const listStatement = readStatement('tenancy/list_sites');

/**
 * Makes a site unless it is there, and says whether it did.
 * @throws ZodError for what a site cannot be, RefusedChange for a time zone that the database does not know.
 */
export async function settleSite(database: Queryable, { tenantHk }: Tenant, spec: NewSite): Promise<boolean> {
  const site = newSite.parse(spec);
  const { rowCount } = await database
    .query(makeStatement, [tenantHk, site.siteId, site.name, site.timeZone, site.origins])
    .catch(refuseUnknownZone);
  if (rowCount === 0) return false;
  await recordAct(database, tenantHk, 'site.create', site.siteId);
  return true;
}

/** @throws RefusedChange when the site is there already. */
export async function createSite(database: Queryable, tenant: Tenant, spec: NewSite): Promise<void> {
  if (await settleSite(database, tenant, spec)) return;
  throw new RefusedChange(
    `The tenant has a site "${spec.siteId}" already. Change it with: onevault site set`,
  );
}

/**
 * Changes a site, and says whether anything changed.
 * @throws RefusedChange when the tenant has no such site, or the database no such time zone.
 */
export async function changeSite(
  database: Queryable,
  tenant: Tenant,
  siteId: string,
  spec: SiteChange,
): Promise<boolean> {
  const change = siteChange.parse(spec);
  await findSite(database, tenant, siteId);
  const { rowCount } = await database
    .query(changeStatement, [
      tenant.tenantHk,
      siteId,
      change.name ?? null,
      change.timeZone ?? null,
      change.origins ?? null,
    ])
    .catch(refuseUnknownZone);
  if (rowCount === 0) return false;
  await recordAct(database, tenant.tenantHk, 'site.set', siteId);
  return true;
}

function refuseUnknownZone(error: unknown): never {
  if (sqlState(error) !== UNKNOWN_ZONE) throw error;
  throw new RefusedChange(
    'The database does not know this time zone. Take another name of it, like Europe/Berlin.',
  );
}

/** The tenant's sites by id. */
export async function listSites(database: Queryable, { tenantHk }: Tenant): Promise<ListedSite[]> {
  const { rows } = await database.query(listStatement, [tenantHk]);
  return z.array(listedSite).parse(rows);
}

/**
 * A site of the tenant.
 * @param siteId null for its only one.
 * @throws RefusedChange when there is none, or when it takes an id to tell which.
 */
export async function findSite(
  database: Queryable,
  tenant: Tenant,
  siteId: string | null,
): Promise<ListedSite> {
  const sites = await listSites(database, tenant);
  const [first, second] = siteId === null ? sites : sites.filter((site) => site.site_id === siteId);
  if (first !== undefined && second === undefined) return first;
  const known = sites.map((site) => site.site_id).join(', ');
  if (known === '') throw new RefusedChange('The tenant has no site yet. Make one: onevault site create');
  throw new RefusedChange(
    siteId === null
      ? `The tenant has several sites; name one of ${known}.`
      : `The tenant has no site "${siteId}"; it has ${known}.`,
  );
}
