import * as z from 'zod';
import type { RequestHeaders } from '../platform/http.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem, unauthorised } from '../platform/problem.ts';
import { ShortMemory } from '../platform/short-memory.ts';
import { readStatement } from '../platform/statement.ts';
import { type Scope, scopes, scopesOf } from './scope.ts';
import { readSettings, type TenantSettings } from './settings.ts';
import { hashToken, isWellFormedToken, type TokenKind, tokenKinds } from './token.ts';

/** Who is calling, as the token says. Nothing else in a request decides the tenant. */
export interface Caller {
  readonly tenantId: string;
  readonly tenantHk: Buffer;
  readonly siteId: string;
  readonly kind: TokenKind;
  /** What its tenant has set; the defaults hold where it is not known. */
  readonly settings?: Pick<TenantSettings, 'redaction'>;
}

/** A caller with what its token allows and its tenant has set. */
export interface TokenHolder extends Caller {
  readonly tokenId: string;
  readonly tokenHash: Buffer;
  readonly scopes: readonly Scope[];
  /** Exact origins from which browsers may call; `*` stands for any. */
  readonly origins: readonly string[];
  /** Events, or questions, a second; null where the environment decides. */
  readonly rateLimit: number | null;
  readonly settings: TenantSettings;
}

/** A token and the tenant it is said to be of, as a request sent them. */
export interface Credentials {
  readonly token: string | undefined;
  readonly customerId: string | undefined;
}

const callerRow = z.object({
  token_id: z.uuid(),
  tenant_id: z.string(),
  tenant_hk: z.instanceof(Buffer),
  site_id: z.string(),
  token_kind: z.enum(tokenKinds),
  scopes: z.array(z.string()).nullable(),
  origins: z.array(z.string()),
  rate_limit: z.number().nullable(),
  expires_at: z.date().nullable(),
  site_tracking: z.unknown(),
});

/** Milliseconds an answer about a token is believed: a revocation and a changed setting must count everywhere within 30 s. */
const BELIEVED_FOR = 20_000;
const CACHED_TOKENS = 10_000;

const findCaller = readStatement('find_caller');
const BEARER = /^Bearer +(\S+)$/i;

export const credentialsOf = (headers: RequestHeaders): Credentials => ({
  token: BEARER.exec(headers.authorization ?? '')?.[1],
  customerId: headers['x-customer-id'],
});

/** A tenant whose name a header cannot carry is named percent-encoded; encoders differ in what they encode beyond need. */
const names = (customerId: string | undefined, tenantId: string): boolean =>
  customerId !== undefined && (customerId === tenantId || decoded(customerId) === tenantId);

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Checks who is calling. One instance serves a process; it remembers tokens by their hash. */
export function createAuthenticator(database: Queryable, logger: Logger) {
  const holders = new ShortMemory<TokenHolder>(CACHED_TOKENS);
  // Apart, so that a flood of made-up tokens pushes nobody's own out.
  const unknown = new ShortMemory<true>(CACHED_TOKENS);

  async function lookUp(token: string): Promise<TokenHolder | null> {
    const hash = hashToken(token);
    const key = hash.toString('base64');
    const remembered = holders.recall(key);
    if (remembered !== undefined) return remembered;
    if (unknown.recall(key)) return null;
    const { rows } = await database.query(findCaller, [hash]);
    const until = Date.now() + BELIEVED_FOR;
    if (rows.length === 0) {
      unknown.remember(key, true, until);
      return null;
    }
    const row = callerRow.parse(rows[0]);
    const holder = holderOf(row, hash, logger);
    holders.remember(key, holder, Math.min(until, row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY));
    return holder;
  }

  /**
   * @throws Problem 401 for a bad token or another tenant's; 400 when several tenants are named, as a gateway joins headers that
   * are sent twice.
   */
  return async function authenticate({ token, customerId }: Credentials): Promise<TokenHolder> {
    const holder = token === undefined || !isWellFormedToken(token) ? null : await lookUp(token);
    if (holder !== null && names(customerId, holder.tenantId)) return holder;
    if (customerId?.includes(',')) {
      throw new Problem(400, 'ambiguous_customer', 'Send one X-Customer-ID, which names one tenant.');
    }
    throw unauthorised();
  };
}

/** @throws Problem 403 when the token was not made for this. */
export function requireScope(holder: TokenHolder, scope: Scope): void {
  if (holder.scopes.includes(scope)) return;
  throw new Problem(403, 'token_not_allowed', `This call needs a token with the scope ${scope}.`);
}

function holderOf(row: z.infer<typeof callerRow>, tokenHash: Buffer, logger: Logger): TokenHolder {
  const { settings, malformed } = readSettings(row.site_tracking);
  if (malformed.length > 0) {
    logger.warn('settings cannot be read', { tenant: row.tenant_id, settings: malformed.join(' ') });
  }
  const ofKind = scopesOf[row.token_kind];
  return {
    tenantId: row.tenant_id,
    tenantHk: row.tenant_hk,
    siteId: row.site_id,
    kind: row.token_kind,
    tokenId: row.token_id,
    tokenHash,
    scopes:
      row.scopes === null
        ? ofKind
        : scopes.filter((scope) => ofKind.includes(scope) && row.scopes?.includes(scope)),
    origins: row.origins,
    rateLimit: row.rate_limit,
    settings,
  };
}
