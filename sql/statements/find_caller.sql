-- Who holds a token. $1 SHA-256 of the token.
SELECT
  tenant.tenant_bk AS tenant_id,
  tenant.tenant_hk,
  token.site_id,
  token.token_kind,
  token.allowed_origins
FROM auth.api_tokens AS token
JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = token.tenant_hk
WHERE token.token_hash = $1
  AND token.revoked_at IS NULL
  AND (token.expires_at IS NULL OR token.expires_at > CURRENT_TIMESTAMP)
