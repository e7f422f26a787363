-- Tenants who have erased anybody, with the key of their marks and up to which of their conflicts all are judged.
SELECT
  tenant.tenant_bk AS tenant_id,
  tenant.tenant_hk,
  key.secret,
  coalesce(judged.quarantine_id, 0)::text AS judged_until
FROM auth.tenant_h AS tenant
JOIN auth.visitor_keys AS key ON key.tenant_hk = tenant.tenant_hk AND key.key_version = 1
LEFT JOIN staging.judged_conflicts AS judged ON judged.tenant_hk = tenant.tenant_hk
WHERE EXISTS (SELECT FROM raw.erased_visitors AS erased WHERE erased.tenant_hk = tenant.tenant_hk)
ORDER BY tenant.tenant_bk
