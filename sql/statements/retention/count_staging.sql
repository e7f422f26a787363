-- $1 tenant id, $2 cut-off.
SELECT (
  SELECT count(*) FROM staging.expired_quarantine($1, $2)
) + (
  SELECT count(*)
  FROM staging.site_events_staging AS staged
  WHERE staged.tenant_hk = (SELECT tenant.tenant_hk FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = $1)
    AND staged.validation_status = 'INVALID'
    AND staged.received_timestamp < $2
) AS rows
