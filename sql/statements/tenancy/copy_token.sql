-- Adds a token with the properties of another; one that had an end lives as long as the other was to live.
-- $1 id of the other, $2 hash of the new token, $3 its last four letters.
INSERT INTO auth.api_tokens (
  token_hash, tenant_hk, site_id, token_kind, token_name, last_four, allowed_origins, scopes, rate_limit, expires_at
)
SELECT
  $2,
  token.tenant_hk,
  token.site_id,
  token.token_kind,
  token.token_name,
  $3,
  token.allowed_origins,
  token.scopes,
  token.rate_limit,
  CURRENT_TIMESTAMP + (token.expires_at - token.created_at)
FROM auth.api_tokens AS token
WHERE token.token_id = $1
RETURNING token_id, expires_at
