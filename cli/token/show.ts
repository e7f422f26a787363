import { maskedToken } from '../../lambdas/tenancy/token.ts';
import type { IssuedToken, ListedToken } from '../../lambdas/tenancy/tokens.ts';
import { printable } from '../failure.ts';
import { columnTable } from '../table.ts';

/** A time to the minute, in UTC; empty for none. */
export const moment = (at: Date | null): string =>
  at === null ? '' : `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`;

/** A list in one cell, without what could drive a terminal. */
export const listed = (texts: readonly string[]): string => texts.map((text) => printable(text)).join(' ');

/** A new token as JSON: the only place beside the screen where it stands in clear. */
export const issuedJson = ({ tokenId, token, kind, siteId, name, expiresAt }: IssuedToken) => ({
  token_id: tokenId,
  token,
  kind,
  site_id: siteId,
  name,
  expires_at: expiresAt?.toISOString() ?? null,
});

export const listedJson = (token: ListedToken) => ({
  token_id: token.token_id,
  kind: token.token_kind,
  name: token.token_name,
  site_id: token.site_id,
  token: maskedToken(token.token_kind, token.last_four),
  state: token.state,
  origins: token.allowed_origins,
  scopes: token.scopes,
  rate_limit: token.rate_limit,
  created_at: token.created_at.toISOString(),
  expires_at: token.expires_at?.toISOString() ?? null,
  revoked_at: token.revoked_at?.toISOString() ?? null,
  last_used_at: token.last_used_at?.toISOString() ?? null,
});

export function tokenTable(tokens: readonly ListedToken[]): string {
  const rows = tokens.map((token) => [
    token.token_id,
    maskedToken(token.token_kind, token.last_four),
    printable(token.token_name),
    printable(token.site_id),
    token.state,
    token.allowed_origins === null ? "the site's" : listed(token.allowed_origins),
    token.scopes === null ? 'all' : token.scopes.join(' '),
    token.rate_limit === null ? '' : `${token.rate_limit}/s`,
    moment(token.created_at),
    moment(token.revoked_at ?? token.expires_at),
    moment(token.last_used_at),
  ]);
  return columnTable(
    ['id', 'token', 'name', 'site', 'state', 'origins', 'scopes', 'rate', 'created', 'ends', 'last used'],
    rows,
  );
}
