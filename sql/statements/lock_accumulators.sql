-- Tenants are taken in one order, so two transactions never wait for each other. $1 staging ids of the events whose tenants
-- are meant.
SELECT business.lock_accumulators(tenant.tenant_hk)
FROM (
  SELECT DISTINCT s.tenant_hk
  FROM staging.site_events_staging AS s
  WHERE s.staging_event_id = ANY ($1::bigint[])
  ORDER BY s.tenant_hk
) AS tenant
