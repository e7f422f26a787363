import * as z from 'zod';
import type { Queryable, Tenant } from '../platform/postgres.ts';
import { readStatement } from '../platform/statement.ts';
import { recordAct } from './operator-acts.ts';
import { RefusedChange } from './refused-change.ts';
import { scopes, scopesOf } from './scope.ts';
import { findSite, originList } from './sites.ts';
import { displayName } from './tenants.ts';
import { createToken, hashToken, type TokenKind, tokenKinds } from './token.ts';

const LAST_LETTERS = 4;
/** Events, or questions, a second that a token of its own rate may be given. */
export const MAX_RATE = 1_000_000;
/** Hours for which a token may outlive its replacement: a month. */
export const MAX_GRACE_HOURS = 720;

const newToken = z
  .object({
    /** Null for the tenant's only site. */
    siteId: z.string().nullable().default(null),
    kind: z.enum(tokenKinds, `A token is one of ${tokenKinds.join(', ')}.`),
    name: z.union([z.literal(''), displayName(100)]).default(''),
    /** Null for those of the site. */
    origins: originList.nullable().default(null),
    /** Null for all of its kind. */
    scopes: z
      .array(z.enum(scopes, `A scope is one of ${scopes.join(', ')}.`))
      .min(1, 'A token needs a scope.')
      .nullable()
      .default(null),
    /** Events, or questions, a second; null for what the environment allows. */
    rateLimit: z.int().min(1).max(MAX_RATE).nullable().default(null),
    expiresAt: z
      .date()
      .refine((at) => at.getTime() > Date.now(), 'A token ends in the future.')
      .nullable()
      .default(null),
  })
  .superRefine((token, context) => {
    const beyond = token.scopes?.find((scope) => !scopesOf[token.kind].includes(scope));
    if (beyond !== undefined) {
      context.addIssue(`A ${token.kind} token may have ${scopesOf[token.kind].join(', ')}, not ${beyond}.`);
    }
  });
export type NewToken = z.input<typeof newToken>;

/** A token as it is handed out, once. */
export interface IssuedToken {
  readonly tokenId: string;
  readonly kind: TokenKind;
  readonly siteId: string;
  readonly name: string;
  /** In clear here and nowhere else: the database keeps its hash. */
  readonly token: string;
  readonly expiresAt: Date | null;
}

/** A new token, and when the one that it replaces ends. */
export interface Rotation {
  readonly issued: IssuedToken;
  readonly replaced: { readonly tokenId: string; readonly endsAt: Date };
}

/** Which tokens of a tenant: all, those of a site, or one. */
export interface TokenChoice {
  readonly siteId?: string;
  readonly tokenId?: string;
}

const issuedRow = z.object({ token_id: z.string(), expires_at: z.date().nullable() });
const endedRow = z.object({ expires_at: z.date() });
const liveRow = z.object({
  token_id: z.string(),
  token_kind: z.enum(tokenKinds),
  token_name: z.string(),
  site_id: z.string(),
});
const ownerRow = z
  .object({ tenant_id: z.string(), tenant_hk: z.instanceof(Buffer) })
  .transform((row): Tenant => ({ tenantId: row.tenant_id, tenantHk: row.tenant_hk }));
const listedToken = z.object({
  token_id: z.string(),
  token_kind: z.enum(tokenKinds),
  token_name: z.string(),
  site_id: z.string(),
  last_four: z.string().nullable(),
  allowed_origins: z.array(z.string()).nullable(),
  scopes: z.array(z.string()).nullable(),
  rate_limit: z.number().nullable(),
  created_at: z.date(),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  last_used_at: z.date().nullable(),
  state: z.enum(['live', 'expired', 'revoked']),
});
export type ListedToken = z.infer<typeof listedToken>;

const issueStatement = readStatement('tenancy/issue_token');
const copyStatement = readStatement('tenancy/copy_token');
const endStatement = readStatement('tenancy/end_token');
const findLive = readStatement('tenancy/find_live_tokens');
const revokeStatement = readStatement('tenancy/revoke_tokens');
const listStatement = readStatement('tenancy/list_tokens');
const findOwner = readStatement('tenancy/find_tenant_of_token');

/**
 * Makes a token for use by people and programs.
 * @throws RefusedChange for a public token that no browser could use, or a site that is not there; ZodError for what no token
 * can be.
 */
export async function createTokenFor(
  database: Queryable,
  tenant: Tenant,
  spec: NewToken,
): Promise<IssuedToken> {
  const token = newToken.parse(spec);
  const site = await findSite(database, tenant, token.siteId);
  if (token.kind === 'public' && (token.origins ?? site.allowed_origins).length === 0) {
    throw new RefusedChange(
      `A public token is for browsers: name the origins it may be used from with --origin, or give them to the site "${site.site_id}" first.`,
    );
  }
  return issueToken(database, tenant, { ...token, siteId: site.site_id });
}

/** As `createTokenFor`, without a look at the site: a public token of a site without origins serves programs only. */
export async function issueToken(
  database: Queryable,
  { tenantHk }: Tenant,
  spec: NewToken & { readonly siteId: string },
): Promise<IssuedToken> {
  const { kind, name, origins, scopes, rateLimit, expiresAt } = newToken.parse(spec);
  const token = createToken(kind);
  const { rows } = await database.query(issueStatement, [
    hashToken(token),
    tenantHk,
    spec.siteId,
    kind,
    name,
    token.slice(-LAST_LETTERS),
    origins,
    scopes,
    rateLimit,
    expiresAt,
  ]);
  const { token_id, expires_at } = issuedRow.parse(rows[0]);
  await recordAct(database, tenantHk, 'token.create', token_id);
  return { tokenId: token_id, kind, siteId: spec.siteId, name, token, expiresAt: expires_at };
}

/**
 * Replaces live tokens by new ones with the same properties; the old ones go on for a while. Tokens that were replaced before
 * are left to their end. Runs in a transaction that holds the tenant's lock.
 * @param graceHours 0 to {@link MAX_GRACE_HOURS}
 */
export async function rotateTokens(
  database: Queryable,
  { tenantHk }: Tenant,
  { siteId, tokenId }: TokenChoice,
  graceHours: number,
): Promise<Rotation[]> {
  const { rows } = await database.query(findLive, [tenantHk, siteId ?? null, tokenId ?? null]);
  const rotations: Rotation[] = [];
  for (const old of z.array(liveRow).parse(rows)) {
    const token = createToken(old.token_kind);
    const copied = await database.query(copyStatement, [
      old.token_id,
      hashToken(token),
      token.slice(-LAST_LETTERS),
    ]);
    const ended = await database.query(endStatement, [old.token_id, graceHours]);
    const { token_id, expires_at } = issuedRow.parse(copied.rows[0]);
    await recordAct(database, tenantHk, 'token.create', token_id);
    await recordAct(database, tenantHk, 'token.rotate', old.token_id);
    rotations.push({
      issued: {
        tokenId: token_id,
        kind: old.token_kind,
        siteId: old.site_id,
        name: old.token_name,
        token,
        expiresAt: expires_at,
      },
      replaced: { tokenId: old.token_id, endsAt: endedRow.parse(ended.rows[0]).expires_at },
    });
  }
  return rotations;
}

/** Ends live tokens now. @returns their ids */
export async function revokeTokens(
  database: Queryable,
  { tenantHk }: Tenant,
  { siteId, tokenId }: TokenChoice,
): Promise<string[]> {
  const { rows } = await database.query(revokeStatement, [tenantHk, siteId ?? null, tokenId ?? null]);
  const ids = z.array(z.object({ token_id: z.string() })).parse(rows);
  for (const { token_id } of ids) await recordAct(database, tenantHk, 'token.revoke', token_id);
  return ids.map(({ token_id }) => token_id);
}

/** The tenant's tokens, the newest first. */
export async function listTokens(database: Queryable, { tenantHk }: Tenant): Promise<ListedToken[]> {
  const { rows } = await database.query(listStatement, [tenantHk]);
  return z.array(listedToken).parse(rows);
}

/** @throws RefusedChange when there is no token of the id. */
export async function findTenantOfToken(database: Queryable, tokenId: string): Promise<Tenant> {
  const { rows } = z.uuid().safeParse(tokenId).success
    ? await database.query(findOwner, [tokenId])
    : { rows: [] };
  if (rows.length > 0) return ownerRow.parse(rows[0]);
  throw new RefusedChange(`There is no token with the id "${tokenId}". See: onevault token list`);
}
