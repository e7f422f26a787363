-- Types of events. $1 to $15 as analytics.selected_events takes them, $16 rows, $17 rows to pass over.
SELECT
  jsonb_build_object(
    'event', event.event_type,
    'events', count(*),
    'visitors', count(DISTINCT event.site_visitor_hk),
    'sessions', count(DISTINCT event.site_session_hk),
    'value', coalesce(sum(event.event_value), 0)
  ) AS answer
FROM analytics.selected_events(
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
) AS event
GROUP BY event.event_type
ORDER BY count(*) DESC, event.event_type COLLATE "C"
LIMIT $16
OFFSET $17
