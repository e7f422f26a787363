-- Live tokens, without those that another has replaced and that only live out their grace.
-- $1 tenant key, $2 site id or null for all, $3 token id or null for all.
SELECT token.token_id, token.token_kind, token.token_name, token.site_id
FROM auth.api_tokens AS token
WHERE token.tenant_hk = $1
  AND ($2::text IS NULL OR token.site_id = $2)
  AND ($3::uuid IS NULL OR token.token_id = $3)
  AND token.revoked_at IS NULL
  AND (token.expires_at IS NULL OR token.expires_at > CURRENT_TIMESTAMP)
  AND NOT EXISTS (
    SELECT
    FROM auth.audit_log AS act
    WHERE act.tenant_hk = token.tenant_hk
      AND act.action = 'token.rotate'
      AND act.subject = token.token_id::text
  )
ORDER BY token.created_at, token.token_id
