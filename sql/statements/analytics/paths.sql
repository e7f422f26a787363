-- The first pages of sessions. $1 to $15 as analytics.selected_events takes them, $16 rows, $17 rows to pass over, $18 pages of a path.
WITH viewed AS (
  SELECT
    event.site_session_hk,
    event.site_event_hk,
    event.page_path,
    lag(event.page_path) OVER (PARTITION BY event.site_session_hk ORDER BY event.site_event_hk) AS path_before
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS event
  WHERE event.event_type = 'page_view'
    AND event.page_path IS NOT NULL
),
stepped AS (
  SELECT
    viewed.site_session_hk,
    viewed.page_path,
    row_number() OVER (PARTITION BY viewed.site_session_hk ORDER BY viewed.site_event_hk) AS step
  FROM viewed
  WHERE viewed.page_path IS DISTINCT FROM viewed.path_before
),
walked AS (
  SELECT jsonb_agg(stepped.page_path ORDER BY stepped.step) AS path
  FROM stepped
  WHERE stepped.step <= $18
  GROUP BY stepped.site_session_hk
)
SELECT jsonb_build_object('path', walked.path, 'sessions', count(*)) AS answer
FROM walked
GROUP BY walked.path
ORDER BY count(*) DESC, walked.path::text COLLATE "C"
LIMIT $16
OFFSET $17
