-- Whether there is a tenant. $1 its id.
SELECT EXISTS (SELECT 1 FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = $1) AS is_known
