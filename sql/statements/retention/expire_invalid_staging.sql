-- Deletes staging rows of events that did not pass validation. $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT staged.staging_event_id
  FROM staging.site_events_staging AS staged
  WHERE staged.tenant_hk = (SELECT tenant.tenant_hk FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = $1)
    AND staged.validation_status = 'INVALID'
    AND staged.received_timestamp < $2
  LIMIT $3
),
deleted AS (
  DELETE FROM staging.site_events_staging AS staged
  USING expired
  WHERE staged.staging_event_id = expired.staging_event_id
    AND staged.validation_status = 'INVALID'
  RETURNING 1
)
SELECT count(*)::integer AS rows FROM deleted
