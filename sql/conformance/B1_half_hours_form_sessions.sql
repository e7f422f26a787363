-- Events of no client's session form one session with their visitor's neighbours less than 30 minutes away, named by its first half hour.
WITH event AS (
  SELECT part.site_visitor_hk, part.session_slice_hk, event.site_event_hk, event.event_timestamp
  FROM business.derived_session_slices AS part
  JOIN business.site_event_nl AS event
    ON event.session_slice_hk = part.session_slice_hk AND event.site_visitor_hk = part.site_visitor_hk
),
begun AS (
  SELECT event.*, event_timestamp - lag(event_timestamp) OVER in_time >= interval '30 minutes' AS begins
  FROM event
  WINDOW in_time AS (PARTITION BY site_visitor_hk ORDER BY event_timestamp, site_event_hk)
),
numbered AS (
  SELECT begun.*, count(*) FILTER (WHERE begins) OVER (PARTITION BY site_visitor_hk ORDER BY event_timestamp, site_event_hk) AS session
  FROM begun
),
named AS (
  SELECT
    numbered.*,
    first_value(session_slice_hk) OVER (PARTITION BY site_visitor_hk, session ORDER BY event_timestamp, site_event_hk) AS site_session_hk
  FROM numbered
),
expected AS (
  SELECT session_slice_hk, site_session_hk, min(event_timestamp) AS first_event_at, max(event_timestamp) AS last_event_at
  FROM named
  GROUP BY session_slice_hk, site_session_hk
)
SELECT 'derived_session_slices' AS relation, coalesce(part.session_slice_hk, expected.session_slice_hk) AS offending_key
FROM business.derived_session_slices AS part
FULL JOIN expected ON expected.session_slice_hk = part.session_slice_hk
WHERE (part.site_session_hk, part.first_event_at, part.last_event_at)
    IS DISTINCT FROM (expected.site_session_hk, expected.first_event_at, expected.last_event_at)
   OR part.slice_start <> date_bin('30 minutes', part.first_event_at, timestamptz '2000-01-01 00:00:00+00')
