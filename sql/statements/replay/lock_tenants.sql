-- Keeps maintenance away from the accumulators of tenants until the transaction ends. $1 tenant keys.
SELECT business.lock_accumulators(tenant.tenant_hk)
FROM (SELECT DISTINCT wanted.tenant_hk FROM unnest($1::bytea[]) AS wanted (tenant_hk) ORDER BY wanted.tenant_hk) AS tenant
