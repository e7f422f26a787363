-- Deletes what was restated of days whose metrics their tenant no longer keeps. $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT restated.tenant_hk, restated.site_id, restated.metric_date, restated.restated_at
  FROM analytics.metric_restatements AS restated
  WHERE restated.tenant_hk = (SELECT tenant.tenant_hk FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = $1)
    AND restated.metric_date < ($2::timestamptz AT TIME ZONE 'UTC')::date
  LIMIT $3
),
deleted AS (
  DELETE FROM analytics.metric_restatements AS restated
  USING expired
  WHERE (restated.tenant_hk, restated.site_id, restated.metric_date, restated.restated_at)
    = (expired.tenant_hk, expired.site_id, expired.metric_date, expired.restated_at)
  RETURNING 1
)
SELECT count(*)::integer AS rows FROM deleted
