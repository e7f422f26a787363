-- $1 tenant id, $2 cut-off.
SELECT count(*) AS rows
FROM auth.tenant_h AS tenant
CROSS JOIN LATERAL business.expired_events($1, tenant.tenant_hk, $2)
WHERE tenant.tenant_bk = $1
