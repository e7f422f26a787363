-- Keys of tenants. $1 tenant ids, or null for all tenants.
SELECT tenant.tenant_bk AS tenant_id, tenant.tenant_hk
FROM auth.tenant_h AS tenant
WHERE $1::text[] IS NULL OR tenant.tenant_bk = ANY ($1::text[])
ORDER BY tenant.tenant_hk
