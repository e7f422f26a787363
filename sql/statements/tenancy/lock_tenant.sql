-- Makes operators who change one tenant take turns, each seeing what the one before did. $1 tenant key.
SELECT FROM auth.tenant_h AS tenant WHERE tenant.tenant_hk = $1 FOR NO KEY UPDATE
