-- Makes a tenant unless it is there. $1 tenant id.
INSERT INTO auth.tenant_h (tenant_hk, tenant_bk, record_source)
VALUES (util.hash_binary($1), $1, 'site_tracker')
ON CONFLICT DO NOTHING
