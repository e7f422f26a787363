import * as z from 'zod';
import type { Queryable } from '../platform/postgres.ts';
import { Problem, unauthorised } from '../platform/problem.ts';
import { readStatement } from '../platform/statement.ts';
import { hashToken, isWellFormedToken, type TokenKind, tokenKinds } from './token.ts';

/** Who is calling, as the token says. Nothing else in a request decides the tenant. */
export interface Caller {
  readonly tenantId: string;
  readonly tenantHk: Buffer;
  readonly siteId: string;
  readonly kind: TokenKind;
}

const callerRow = z.object({
  tenant_id: z.string(),
  tenant_hk: z.instanceof(Buffer),
  site_id: z.string(),
  token_kind: z.enum(tokenKinds),
  allowed_origins: z.array(z.string()).nullable(),
});
type CallerRow = z.infer<typeof callerRow>;

/** Milliseconds an answer about a token is believed: a revocation must count everywhere within 30 s. */
const BELIEVED_FOR = 20_000;
const CACHED_TOKENS = 10_000;

const findCaller = readStatement('find_caller');
const BEARER = /^Bearer +(\S+)$/i;

/** A tenant whose name a header cannot carry is named percent-encoded. */
function names(header: string | undefined, tenantId: string): boolean {
  return header === tenantId || header === encodeURIComponent(tenantId);
}

/** Checks who is calling. One instance serves a process; it remembers tokens by their hash. */
export function createAuthenticator(database: Queryable) {
  const known = new Map<string, { row: CallerRow | null; until: number }>();

  async function lookUp(token: string): Promise<CallerRow | null> {
    const hash = hashToken(token);
    const key = hash.toString('base64');
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.row;
    const { rows } = await database.query(findCaller, [hash]);
    const row = rows.length === 0 ? null : callerRow.parse(rows[0]);
    if (known.size >= CACHED_TOKENS) known.clear();
    known.set(key, { row, until: Date.now() + BELIEVED_FOR });
    return row;
  }

  /**
   * @param allowed token kinds that may make this call.
   * @throws Problem 401 for a bad token or another tenant's, 403 for a token that may not do this.
   */
  return async function authenticate(
    headers: Readonly<Record<string, string | undefined>>,
    allowed: readonly TokenKind[],
  ): Promise<Caller> {
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    if (token === undefined || !isWellFormedToken(token)) throw unauthorised();
    const row = await lookUp(token);
    if (row === null || !names(headers['x-customer-id'], row.tenant_id)) throw unauthorised();
    if (!allowed.includes(row.token_kind)) {
      throw new Problem(403, 'token_not_allowed', `This call needs a ${allowed.join(' or ')} token.`);
    }
    const { origin } = headers;
    if (origin !== undefined && row.allowed_origins !== null && !row.allowed_origins.includes(origin)) {
      throw new Problem(403, 'origin_not_allowed', 'This token may not be used from this origin.');
    }
    return { tenantId: row.tenant_id, tenantHk: row.tenant_hk, siteId: row.site_id, kind: row.token_kind };
  };
}
