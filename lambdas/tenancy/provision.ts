import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { createToken, hashToken, tokenKinds } from './token.ts';

/** What the name of a new tenant looks like; one that stands in the database already may be named otherwise. */
const newTenantId = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'A tenant id has 1 to 100 letters, digits, dots, dashes or underscores.');
const tenantSpec = z.object({
  tenantId: z.string(),
  siteId: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'A site id has 1 to 100 letters, digits, dots, dashes or underscores.'),
  name: z.string().min(1).max(255),
});
const tenantRow = z.object({ tenant_hk: z.instanceof(Buffer) });

export interface ProvisionedTenant {
  readonly id: string;
  /** In clear here and nowhere else: the database keeps hashes. */
  readonly tokens: {
    readonly public: string;
    readonly secret: string;
    readonly read: string;
    readonly admin: string;
  };
}

const findTenant = readStatement('find_tenant');
const makeTenant = readStatement('make_tenant');
const provisionSite = readStatement('provision_tenant');

/** Makes a tenant and its site unless they are there, and issues one new token of each kind. Old tokens stay valid. */
export async function provisionTenant(
  database: Queryable,
  spec: z.infer<typeof tenantSpec>,
): Promise<ProvisionedTenant> {
  const { tenantId, siteId, name } = tenantSpec.parse(spec);
  const tenantHk = await settleTenant(database, tenantId);
  const tokens = {
    public: createToken('public'),
    secret: createToken('secret'),
    read: createToken('read'),
    admin: createToken('admin'),
  };
  await database.query(provisionSite, [
    tenantHk,
    siteId,
    name,
    tokenKinds.map((kind) => hashToken(tokens[kind])),
    tokenKinds,
  ]);
  return { id: tenantId, tokens };
}

/**
 * The key of a tenant, which is made when there is none of the name.
 * @throws when the database's own hash function gives the name the key of another tenant.
 */
async function settleTenant(database: Queryable, tenantId: string): Promise<Buffer> {
  const standing = await keyOf(database, tenantId);
  if (standing !== null) return standing;
  newTenantId.parse(tenantId);
  await database.query(makeTenant, [tenantId]);
  const made = await keyOf(database, tenantId);
  if (made !== null) return made;
  throw new Error('util.hash_binary gives this tenant id the key of another tenant: choose another id.');
}

async function keyOf(database: Queryable, tenantId: string): Promise<Buffer | null> {
  const { rows } = await database.query(findTenant, [tenantId]);
  return rows.length === 0 ? null : tenantRow.parse(rows[0]).tenant_hk;
}
