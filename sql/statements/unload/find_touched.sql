-- What events touch: their sessions, the sessions' slices and their visitors. $1 tenant key, $2 keys of events, $3 the first and
-- $4 the last time in these keys.
WITH event AS (
  SELECT e.session_slice_hk, e.site_visitor_hk, coalesce(part.site_session_hk, e.session_slice_hk) AS site_session_hk
  FROM business.site_event_nl AS e
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = e.session_slice_hk
  WHERE e.site_event_hk = ANY ($2::bytea[])
    AND e.tenant_hk = $1
    AND e.event_timestamp >= $3
    AND e.event_timestamp <= $4
)
SELECT
  coalesce(array_agg(DISTINCT event.site_session_hk), '{}') AS sessions,
  coalesce(array_agg(DISTINCT event.session_slice_hk), '{}') AS slices,
  coalesce(array_agg(DISTINCT event.site_visitor_hk), '{}') AS visitors
FROM event
