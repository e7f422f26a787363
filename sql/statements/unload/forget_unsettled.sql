-- Ends what was unsettled. $1 tenant key.
DELETE FROM staging.unsettled_keys WHERE tenant_hk = $1
