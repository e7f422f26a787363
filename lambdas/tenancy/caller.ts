import * as z from 'zod';
import type { RequestHeaders } from '../platform/http.ts';
import type { Logger } from '../platform/log.ts';
import type { Queryable } from '../platform/postgres.ts';
import { Problem, unauthorised } from '../platform/problem.ts';
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

interface Known {
  /** Null for a token that nobody holds. */
  readonly holder: TokenHolder | null;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Milliseconds an answer about a token is believed: a revocation and a changed setting must count everywhere within 30 s. */
const BELIEVED_FOR = 20_000;
const CACHED_TOKENS = 10_000;

const findCaller = readStatement('find_caller');
const BEARER = /^Bearer +(\S+)$/i;

export const credentialsOf = (headers: RequestHeaders): Credentials => ({
  token: BEARER.exec(headers.authorization ?? '')?.[1],
  customerId: headers['x-customer-id'],
});

/** A tenant whose name a header cannot carry is named percent-encoded. */
const names = (customerId: string | undefined, tenantId: string): boolean =>
  customerId === tenantId || customerId === encodeURIComponent(tenantId);

/** Checks who is calling. One instance serves a process; it remembers tokens by their hash. */
export function createAuthenticator(database: Queryable, logger: Logger) {
  const known = new Map<string, Known>();

  async function lookUp(token: string): Promise<TokenHolder | null> {
    const hash = hashToken(token);
    const key = hash.toString('base64');
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.holder;
    const { rows } = await database.query(findCaller, [hash]);
    const row = rows.length === 0 ? null : callerRow.parse(rows[0]);
    if (known.size >= CACHED_TOKENS) known.clear();
    const until = Math.min(Date.now() + BELIEVED_FOR, row?.expires_at?.getTime() ?? Number.POSITIVE_INFINITY);
    const holder = row === null ? null : holderOf(row, hash, logger);
    known.set(key, { holder, until });
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
