-- What each tenant has and keeps of each class: the days that its profile says, null for ever, and how old the oldest is.
-- $1 as of when, $2 id of one tenant or null for all.
SELECT
  tenant.tenant_bk AS tenant_id,
  standing.class,
  kept.days,
  kept.cut_off,
  progress.completed_at,
  standing.oldest
FROM auth.tenant_h AS tenant
CROSS JOIN LATERAL (
  VALUES
    (1, 'raw', (
      SELECT min(request.received_timestamp)
      FROM raw.site_tracking_requests_r AS request
      WHERE request.tenant_id = tenant.tenant_bk
    )),
    (2, 'staging', (
      SELECT min(quarantined.received_timestamp)
      FROM staging.quarantined_events AS quarantined
      WHERE quarantined.tenant_id = tenant.tenant_bk
    )),
    (3, 'vault', (
      SELECT min(visitor.first_event_at)
      FROM business.site_visitor_acc AS visitor
      WHERE visitor.tenant_hk = tenant.tenant_hk
    )),
    (4, 'marts', (
      SELECT min(metric.metric_date)::timestamp AT TIME ZONE 'UTC'
      FROM analytics.daily_site_metrics AS metric
      WHERE metric.tenant_hk = tenant.tenant_hk
    ))
) AS standing (place, class, oldest)
LEFT JOIN auth.retention_cut_offs($1) AS kept ON kept.tenant_hk = tenant.tenant_hk AND kept.class = standing.class
LEFT JOIN auth.retention_progress AS progress ON progress.tenant_hk = tenant.tenant_hk AND progress.class = standing.class
WHERE $2::text IS NULL OR tenant.tenant_bk = $2
ORDER BY tenant.tenant_bk, standing.place
