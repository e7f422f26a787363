import * as z from 'zod';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { recordAct } from './operator-acts.ts';
import { RefusedChange } from './refused-change.ts';
import { keyList } from './settings.ts';

/** What the name of a new tenant looks like; one that stands in the database already may be named otherwise. */
const newTenantId = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'A tenant id has 1 to 100 letters, digits, dots, dashes or underscores.');

/** What people call a tenant, a site or a token. */
export const displayName = (longest: number) =>
  z
    .string()
    .min(1, 'A name has at least one character.')
    .max(longest, `A name has at most ${longest} characters.`)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'A name has no control characters.');

export const privacyModes = ['off', 'standard', 'strict'] as const;

/** A hundred years: more is a slip of the finger. */
export const MAX_RETENTION_DAYS = 36_500;

const retentionDays = z.int().min(1).max(MAX_RETENTION_DAYS).nullable().optional();

/** Settings to change; those left out stay, null takes one away. */
export const settingsChange = z.strictObject({
  name: displayName(255).optional(),
  enabled: z.boolean().optional(),
  data_retention_days: retentionDays,
  staging_retention_days: retentionDays,
  vault_retention_days: retentionDays,
  marts_retention_days: retentionDays,
  privacy_mode: z.enum(privacyModes).optional(),
  batch_processing: z.boolean().optional(),
  redaction: z.strictObject({ deny_keys: keyList, allow_keys: keyList }).nullable().optional(),
});
export type SettingsChange = z.infer<typeof settingsChange>;

const tenantRow = z
  .object({ tenant_hk: z.instanceof(Buffer) })
  .transform(({ tenant_hk }): Buffer => tenant_hk);

const listedTenant = z.object({
  tenant_id: z.string(),
  tenant_hk: z.instanceof(Buffer),
  created_at: z.date(),
  /** As it stands in the profile, unchecked: what it means is for the reader of settings to say. */
  site_tracking: z.unknown(),
  sites: z.number(),
  live_tokens: z.number(),
});
export type ListedTenant = z.infer<typeof listedTenant>;

const findStatement = readStatement('tenancy/find_tenant');
const makeStatement = readStatement('tenancy/make_tenant');
const listStatement = readStatement('tenancy/list_tenants');
const lockStatement = readStatement('tenancy/lock_tenant');
const changeProfile = readStatement('tenancy/change_profile');
const openProfile = readStatement('tenancy/open_profile');

/**
 * The tenant of an id, made, and written to the audit log, when there is none.
 * @throws ZodError for an id that a new tenant cannot have, RefusedChange when the database's own hash function gives the id the
 * key of another tenant.
 */
export async function settleTenant(database: Queryable, tenantId: string): Promise<Tenant> {
  const standing = await keyOf(database, tenantId);
  if (standing !== null) return { tenantId, tenantHk: standing };
  newTenantId.parse(tenantId);
  const { rowCount } = await database.query(makeStatement, [tenantId]);
  const tenantHk = await keyOf(database, tenantId);
  if (tenantHk !== null) {
    if (rowCount === 1) await recordAct(database, tenantHk, 'tenant.create', tenantId);
    return { tenantId, tenantHk };
  }
  throw new RefusedChange(
    'util.hash_binary gives this tenant id the key of another tenant: choose another id.',
  );
}

/**
 * Makes a tenant. Runs in a transaction of the caller's.
 * @throws RefusedChange when it is there already, and as `settleTenant` does.
 */
export async function createTenant(
  database: Queryable,
  tenantId: string,
  name: string | undefined,
): Promise<Tenant> {
  if ((await keyOf(database, tenantId)) !== null) {
    throw new RefusedChange(`There is a tenant "${tenantId}" already.`);
  }
  const tenant = await settleTenant(database, tenantId);
  if (name !== undefined) await changeSettings(database, tenant, { name });
  return tenant;
}

/** @throws RefusedChange when there is no such tenant. */
export async function findTenant(database: Queryable, tenantId: string): Promise<Tenant> {
  const tenantHk = await keyOf(database, tenantId);
  if (tenantHk !== null) return { tenantId, tenantHk };
  throw new RefusedChange(`There is no tenant "${tenantId}". See: onevault tenant list`);
}

/** As `findTenant`, and other operators wait with their changes to the tenant until this transaction ends. */
export async function lockTenant(database: Queryable, tenantId: string): Promise<Tenant> {
  const tenant = await findTenant(database, tenantId);
  await database.query(lockStatement, [tenant.tenantHk]);
  return tenant;
}

/** Tenants by id, or the one of an id. */
export async function listTenants(
  database: Queryable,
  tenantId: string | null = null,
): Promise<ListedTenant[]> {
  const { rows } = await database.query(listStatement, [tenantId]);
  return z.array(listedTenant).parse(rows);
}

/**
 * Changes settings in the tenant's profile and leaves the rest of it as it is. Runs in a transaction that holds the tenant's lock.
 * @returns whether anything changed.
 */
export async function changeSettings(
  database: Queryable,
  { tenantId, tenantHk }: Tenant,
  change: SettingsChange,
): Promise<boolean> {
  const entries = Object.entries(settingsChange.parse(change)).filter(([, value]) => value !== undefined);
  const set = JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== null)));
  const away = entries.filter(([, value]) => value === null).map(([key]) => key);
  let { rowCount } = await database.query(changeProfile, [tenantHk, set, away]);
  if (rowCount === 0 && set !== '{}') {
    ({ rowCount } = await database.query(openProfile, [tenantHk, set]));
  }
  if (rowCount === 0) return false;
  await recordAct(database, tenantHk, 'tenant.set', tenantId);
  return true;
}

async function keyOf(database: Queryable, tenantId: string): Promise<Buffer | null> {
  const { rows } = await database.query(findStatement, [tenantId]);
  return rows.length === 0 ? null : tenantRow.parse(rows[0]);
}
