-- Of the given tenants those that may be loaded now, until the transaction ends: two transactions at a time work for one tenant. One
-- inserts while the other adds up; a third would only wait for them, and other tenants for it. $1 tenant ids.
SELECT tenant.id AS tenant_id
FROM unnest($1::text[]) AS tenant (id)
WHERE CASE
  WHEN pg_try_advisory_xact_lock(hashtextextended('business.loading:1:' || tenant.id, 0)) THEN true
  ELSE pg_try_advisory_xact_lock(hashtextextended('business.loading:2:' || tenant.id, 0))
END
