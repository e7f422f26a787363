-- How many keys wait to be looked up. $1 tenant key.
SELECT count(*)::integer AS unsettled FROM staging.unsettled_keys WHERE tenant_hk = $1
