import type { TokenKind } from './token.ts';

/** What a token may be good for. */
export const scopes = [
  'events:write',
  'analytics:read',
  'pipeline:read',
  'pipeline:run',
  'visitors:manage',
] as const;
export type Scope = (typeof scopes)[number];

/** What each kind of token may do; a token can be made for less, never for more. */
export const scopesOf: Readonly<Record<TokenKind, readonly Scope[]>> = {
  public: ['events:write'],
  secret: ['events:write'],
  read: ['analytics:read', 'pipeline:read'],
  admin: scopes,
};
