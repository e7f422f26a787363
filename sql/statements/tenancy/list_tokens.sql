-- The tokens of a tenant, the newest first. $1 tenant key.
SELECT
  token.token_id,
  token.token_kind,
  token.token_name,
  token.site_id,
  token.last_four,
  token.allowed_origins,
  token.scopes,
  token.rate_limit,
  token.created_at,
  token.expires_at,
  token.revoked_at,
  token.last_used_at,
  CASE
    WHEN token.revoked_at IS NOT NULL THEN 'revoked'
    WHEN token.expires_at <= CURRENT_TIMESTAMP THEN 'expired'
    ELSE 'live'
  END AS state
FROM auth.api_tokens AS token
WHERE token.tenant_hk = $1
ORDER BY token.created_at DESC, token.token_id
