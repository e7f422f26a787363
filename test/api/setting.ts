import pg from 'pg';
import { provisionTenant } from '../../lambdas/tenancy/provision.ts';
import type { Scope } from '../../lambdas/tenancy/scope.ts';
import { changeSettings, findTenant } from '../../lambdas/tenancy/tenants.ts';
import type { TokenKind } from '../../lambdas/tenancy/token.ts';
import { issueToken, revokeTokens } from '../../lambdas/tenancy/tokens.ts';
import { startStack } from '../support/stack.ts';
import type { DescribedCall, ReceivedAnswer } from './contract.ts';
import { contract } from './described.ts';

/** One request to be made. */
export interface Call {
  readonly described: DescribedCall;
  /** Values of the path's parameters. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** The event that every setting has in its vault, and its visitor. */
export const storedEvent = {
  event_id: '0190a0b0-c0d0-7000-8000-00000000c001',
  event_type: 'page_view',
  visitor_id: 'vis_1',
  page_url: 'https://shop.example/pricing',
};

const site = { siteId: 'main', name: 'Contract' };

/** A local stack with tenants and tokens of every sort, and a way to it that lets nothing pass outside the description. */
export async function startSetting() {
  const stack = await startStack();
  const pool = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  const tenant = await provisionTenant(pool, { tenantId: 'contract', ...site });
  const other = await provisionTenant(pool, { tenantId: 'other', ...site });
  const closed = await provisionTenant(pool, { tenantId: 'closed', ...site });
  await changeSettings(pool, await findTenant(pool, closed.id), { enabled: false });

  const owner = await findTenant(pool, tenant.id);
  const issue = (kind: TokenKind, more: { rateLimit?: number; scopes?: Scope[] } = {}) =>
    issueToken(pool, owner, { kind, siteId: site.siteId, ...more });
  const limited = await issue('admin', { rateLimit: 1 });
  const revoked = await issue('admin');
  await revokeTokens(pool, owner, { tokenId: revoked.tokenId });
  const expired = await issue('admin');
  await pool.query('UPDATE auth.api_tokens SET expires_at = $2 WHERE token_id = $1', [
    expired.tokenId,
    new Date(Date.now() - 1_000),
  ]);

  /** @throws Error with what does not fit the description; a request is only held against it unless it is meant not to fit. */
  async function send(call: Call, { isMeantToFit = true } = {}): Promise<ReceivedAnswer> {
    const { described, path, query, headers, body } = call;
    const filled = Object.entries(path).reduce(
      (made, [name, value]) => made.replace(`{${name}}`, encodeURIComponent(value)),
      described.path,
    );
    const url = new URL(stack.url + filled);
    url.search = new URLSearchParams(query).toString();
    const { method } = described;
    const text = typeof body === 'string' ? body : '';
    const sent = { method, url, headers: new Headers(headers), body: text };
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    const answer = { status: response.status, headers: response.headers, body: await response.text() };
    const faults = [
      ...(isMeantToFit ? contract.checkRequest(sent).map((fault) => `request: ${fault}`) : []),
      ...contract.checkAnswer(described, answer).map((fault) => `answer: ${fault}`),
    ];
    if (faults.length === 0) return answer;
    throw new Error(`${method} ${url} → ${answer.status} ${answer.body.slice(0, 500)}\n${faults.join('\n')}`);
  }

  return {
    url: stack.url,
    pool,
    tenant,
    other,
    closed,
    tokens: { ...tenant.tokens, limited: limited.token, revoked: revoked.token, expired: expired.token },
    issue,
    send,
    async stop() {
      await pool.end();
      await stack.stop();
    },
  };
}

export type Setting = Awaited<ReturnType<typeof startSetting>>;

/** Headers that say who is calling. */
export const calledBy = (token: string, tenant: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'x-customer-id': tenant,
});
