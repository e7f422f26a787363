-- The sites of a tenant, with how many of their tokens are live. $1 tenant key.
SELECT
  site.site_id,
  site.site_name,
  site.time_zone,
  site.allowed_origins,
  site.created_at,
  (
    SELECT count(*)::integer
    FROM auth.api_tokens AS token
    WHERE token.tenant_hk = site.tenant_hk
      AND token.site_id = site.site_id
      AND token.revoked_at IS NULL
      AND (token.expires_at IS NULL OR token.expires_at > CURRENT_TIMESTAMP)
  ) AS live_tokens
FROM auth.sites AS site
WHERE site.tenant_hk = $1
ORDER BY site.site_id
