import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { createToken, hashToken, tokenKinds } from './token.ts';

const tenantSpec = z.object({
  tenantId: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'A tenant id has 1 to 100 letters, digits, dots, dashes or underscores.'),
  siteId: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'A site id has 1 to 100 letters, digits, dots, dashes or underscores.'),
  name: z.string().min(1).max(255),
});

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

const provision = readStatement('provision_tenant');

/** Makes a tenant and its site unless they are there, and issues one new token of each kind. Old tokens stay valid. */
export async function provisionTenant(
  database: Queryable,
  spec: z.infer<typeof tenantSpec>,
): Promise<ProvisionedTenant> {
  const { tenantId, siteId, name } = tenantSpec.parse(spec);
  const tokens = {
    public: createToken('public'),
    secret: createToken('secret'),
    read: createToken('read'),
    admin: createToken('admin'),
  };
  await database.query(provision, [
    tenantId,
    siteId,
    name,
    tokenKinds.map((kind) => hashToken(tokens[kind])),
    tokenKinds,
  ]);
  return { id: tenantId, tokens };
}
