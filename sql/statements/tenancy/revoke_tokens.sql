-- Revokes live tokens. $1 tenant key, $2 site id or null for all, $3 token id or null for all.
UPDATE auth.api_tokens AS token
SET revoked_at = CURRENT_TIMESTAMP
WHERE token.tenant_hk = $1
  AND ($2::text IS NULL OR token.site_id = $2)
  AND ($3::uuid IS NULL OR token.token_id = $3)
  AND token.revoked_at IS NULL
  AND (token.expires_at IS NULL OR token.expires_at > CURRENT_TIMESTAMP)
RETURNING token.token_id
