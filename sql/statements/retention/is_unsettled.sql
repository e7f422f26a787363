-- Whether the vault of a tenant has something to look up or to read again since events were taken out. $1 tenant key.
SELECT
  EXISTS (SELECT FROM staging.unsettled_keys AS noted WHERE noted.tenant_hk = $1)
  OR EXISTS (SELECT FROM business.late_observations AS noted WHERE noted.tenant_hk = $1) AS is_unsettled
