-- Tenants with their settings, and how many sites and live tokens they have. $1 the id of one, or null for all.
SELECT
  tenant.tenant_bk AS tenant_id,
  tenant.tenant_hk,
  tenant.load_date AS created_at,
  (
    SELECT profile.configuration -> 'site_tracking'
    FROM auth.tenant_profile_s AS profile
    WHERE profile.tenant_hk = tenant.tenant_hk
      AND profile.load_end_date IS NULL
    ORDER BY profile.load_date DESC
    LIMIT 1
  ) AS site_tracking,
  (SELECT count(*)::integer FROM auth.sites AS site WHERE site.tenant_hk = tenant.tenant_hk) AS sites,
  (
    SELECT count(*)::integer
    FROM auth.api_tokens AS token
    WHERE token.tenant_hk = tenant.tenant_hk
      AND token.revoked_at IS NULL
      AND (token.expires_at IS NULL OR token.expires_at > CURRENT_TIMESTAMP)
  ) AS live_tokens
FROM auth.tenant_h AS tenant
WHERE $1::text IS NULL OR tenant.tenant_bk = $1
ORDER BY tenant.tenant_bk
