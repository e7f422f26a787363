-- Tenants who have erased anybody, with the key of their marks.
SELECT tenant.tenant_bk AS tenant_id, tenant.tenant_hk, key.secret
FROM auth.tenant_h AS tenant
JOIN auth.visitor_keys AS key ON key.tenant_hk = tenant.tenant_hk AND key.key_version = 1
WHERE EXISTS (SELECT FROM raw.erased_visitors AS erased WHERE erased.tenant_hk = tenant.tenant_hk)
ORDER BY tenant.tenant_bk
