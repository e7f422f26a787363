-- What sessions were made with. $1 to $15 as analytics.selected_events takes them, $16 rows, $17 rows to pass over, $18 device, browser, os or screen.
-- A session is looked up for each of its visitors, of which it has one as a rule, and counts for the first.
WITH seen AS MATERIALIZED (
  SELECT
    event.site_session_hk,
    event.site_visitor_hk,
    count(*) FILTER (WHERE event.event_type = 'page_view') AS pageviews,
    count(*) AS events,
    coalesce(sum(event.event_value), 0) AS conversion_value,
    row_number() OVER (PARTITION BY event.site_session_hk ORDER BY event.site_visitor_hk) = 1 AS is_first
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS event
  GROUP BY event.site_session_hk, event.site_visitor_hk
)
SELECT
  jsonb_build_object(
    'name', origin.name,
    'visitors', count(DISTINCT seen.site_visitor_hk),
    'sessions', count(*) FILTER (WHERE seen.is_first),
    'pageviews', sum(seen.pageviews),
    'events', sum(seen.events),
    'bounceRate', business.percentage(
      count(*) FILTER (WHERE seen.is_first AND origin.is_bounce), count(*) FILTER (WHERE seen.is_first)
    ),
    'avgSessionSeconds', round(avg(origin.session_duration_seconds) FILTER (WHERE seen.is_first), 2),
    'conversions', count(*) FILTER (WHERE seen.is_first AND origin.transaction_completed),
    'conversionValue', sum(seen.conversion_value)
  ) AS answer
FROM seen
CROSS JOIN LATERAL (
  SELECT
    coalesce(
      CASE $18::text
        WHEN 'device' THEN session.device_type
        WHEN 'browser' THEN session.browser_name
        WHEN 'os' THEN session.operating_system
        WHEN 'screen' THEN session.screen_resolution
      END,
      'unknown'
    ) AS name,
    session.is_bounce,
    session.session_duration_seconds,
    session.transaction_completed
  FROM analytics.session_origins AS session
  WHERE session.site_session_hk = seen.site_session_hk
  LIMIT 1
) AS origin
GROUP BY origin.name
ORDER BY count(*) FILTER (WHERE seen.is_first) DESC, origin.name COLLATE "C"
LIMIT $16
OFFSET $17
