-- $1 tenant id, $2 cut-off.
SELECT (
  SELECT count(*)
  FROM analytics.daily_site_metrics AS metric
  WHERE metric.tenant_hk = tenant.tenant_hk
    AND metric.metric_date < ($2::timestamptz AT TIME ZONE 'UTC')::date
) + (
  SELECT count(*)
  FROM analytics.metric_restatements AS restated
  WHERE restated.tenant_hk = tenant.tenant_hk
    AND restated.metric_date < ($2::timestamptz AT TIME ZONE 'UTC')::date
) + (
  SELECT count(*)
  FROM raw.ledger_days AS ledger
  WHERE ledger.tenant_id = $1
    AND ledger.day < ($2::timestamptz AT TIME ZONE 'UTC')::date
    AND ledger.settled_at IS NOT NULL
    AND NOT ledger.is_stale
) + (
  SELECT count(*)
  FROM auth.audit_log AS act
  WHERE act.tenant_hk = tenant.tenant_hk
    AND act.occurred_at < least($2, CURRENT_TIMESTAMP - interval '31 days')
) AS rows
FROM auth.tenant_h AS tenant
WHERE tenant.tenant_bk = $1
