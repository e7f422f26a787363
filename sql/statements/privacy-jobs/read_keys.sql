-- The keys of a tenant, named by its id. $1 tenant id.
SELECT key.key_version, key.secret
FROM auth.visitor_keys AS key
JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = key.tenant_hk
WHERE tenant.tenant_bk = $1
ORDER BY key.key_version
