-- The key of a tenant, as its row says: a One Vault database may have hashed it in a way of its own. $1 tenant id.
SELECT tenant_hk FROM auth.tenant_h WHERE tenant_bk = $1 ORDER BY load_date LIMIT 1
