import type { Queryable } from '../platform/postgres.ts';
import { type NewSite, settleSite } from './sites.ts';
import { settleTenant } from './tenants.ts';
import type { TokenKind } from './token.ts';
import { issueToken } from './tokens.ts';

export interface ProvisionedTenant {
  readonly id: string;
  /** In clear here and nowhere else: the database keeps hashes. */
  readonly tokens: Readonly<Record<TokenKind, string>>;
}

/** Makes a tenant and its site unless they are there, and issues one new token of each kind. Old tokens stay valid. */
export async function provisionTenant(
  database: Queryable,
  { tenantId, ...site }: { readonly tenantId: string } & Pick<NewSite, 'siteId' | 'name' | 'origins'>,
): Promise<ProvisionedTenant> {
  const tenant = await settleTenant(database, tenantId);
  await settleSite(database, tenant, site);
  const issue = async (kind: TokenKind): Promise<string> =>
    (await issueToken(database, tenant, { siteId: site.siteId, kind })).token;
  return {
    id: tenantId,
    tokens: {
      public: await issue('public'),
      secret: await issue('secret'),
      read: await issue('read'),
      admin: await issue('admin'),
    },
  };
}
