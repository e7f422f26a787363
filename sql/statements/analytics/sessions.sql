-- Sessions, the newest first. $1 to $15 as analytics.selected_events takes them, $16 rows, $17 time zone; the list goes on behind the
-- session that began at $18 and has the key $19, or begins when these are null.
WITH found AS MATERIALIZED (
  SELECT seen.site_session_hk, standing.session_start_time
  FROM (
    SELECT DISTINCT event.site_session_hk
    FROM analytics.selected_events(
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
    ) AS event
  ) AS seen
  CROSS JOIN LATERAL (
    SELECT session.session_start_time
    FROM business.site_session_current AS session
    WHERE session.site_session_hk = seen.site_session_hk
    LIMIT 1
  ) AS standing
  WHERE $18::timestamptz IS NULL
     OR (standing.session_start_time, seen.site_session_hk) < ($18::timestamptz, $19::bytea)
  ORDER BY standing.session_start_time DESC, seen.site_session_hk DESC
  LIMIT $16
)
SELECT
  jsonb_build_object(
    'sessionId', (
      SELECT slice.session_slice_bk
      FROM business.session_slice_h AS slice
      WHERE slice.session_slice_hk = found.site_session_hk
    ),
    'visitorId', (
      SELECT visitor.site_visitor_bk
      FROM business.site_visitor_h AS visitor
      WHERE visitor.site_visitor_hk = session.site_visitor_hk
    ),
    'site', session.site_id,
    'start', analytics.local_time(session.session_start_time, $17),
    'end', analytics.local_time(session.session_end_time, $17),
    'seconds', session.session_duration_seconds,
    'pageViews', session.total_page_views,
    'events', session.total_events,
    'bounce', session.is_bounce,
    'entryPath', session.entry_path,
    'exitPath', session.exit_path,
    'channel', session.channel,
    'source', session.source,
    'campaign', session.campaign,
    'device', session.device_type,
    'browser', session.browser_name,
    'os', session.operating_system,
    'converted', session.transaction_completed,
    'conversionValue', session.total_conversion_value
  ) AS answer,
  to_char(found.session_start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS began_at,
  encode(found.site_session_hk, 'hex') AS session_key
FROM found
CROSS JOIN LATERAL (
  SELECT origin.*
  FROM analytics.session_origins AS origin
  WHERE origin.site_session_hk = found.site_session_hk
  LIMIT 1
) AS session
ORDER BY found.session_start_time DESC, found.site_session_hk DESC
