-- Restatements of days, newest first. $1 tenant key or null for all, $2 first day, $3 last day, $4 how many at the most.
SELECT
  tenant.tenant_bk AS tenant_id,
  restated.site_id,
  restated.metric_date::text AS date,
  restated.restated_at,
  restated.reasons,
  restated.before,
  restated.after
FROM analytics.metric_restatements AS restated
JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = restated.tenant_hk
WHERE ($1::bytea IS NULL OR restated.tenant_hk = $1)
  AND restated.metric_date BETWEEN $2::date AND $3::date
ORDER BY restated.restated_at DESC, restated.tenant_hk, restated.site_id, restated.metric_date
LIMIT $4
