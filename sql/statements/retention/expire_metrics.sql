-- Deletes daily metrics that their tenant no longer keeps. $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT metric.id
  FROM analytics.daily_site_metrics AS metric
  WHERE metric.tenant_hk = (SELECT tenant.tenant_hk FROM auth.tenant_h AS tenant WHERE tenant.tenant_bk = $1)
    AND metric.metric_date < ($2::timestamptz AT TIME ZONE 'UTC')::date
  LIMIT $3
),
deleted AS (
  DELETE FROM analytics.daily_site_metrics AS metric USING expired WHERE metric.id = expired.id RETURNING 1
)
SELECT count(*)::integer AS rows FROM deleted
