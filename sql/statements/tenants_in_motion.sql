-- Tenants with something to close, to take a snapshot of, or to read again.
SELECT tenant_hk FROM business.tenants_in_motion ORDER BY tenant_hk
