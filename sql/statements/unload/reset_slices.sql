-- Brings the half hours of sessions that no client named in line with the events that are left, and cuts chains where a gap has
-- come up. Returns the sessions that parts of the given ones belong to now.
-- $1 slices that lost events, $2 the sessions they belonged to.
WITH span AS MATERIALIZED (
  SELECT slice.hk AS session_slice_hk, min(event.event_timestamp) AS first_event_at, max(event.event_timestamp) AS last_event_at
  FROM unnest($1::bytea[]) AS slice (hk)
  LEFT JOIN business.site_event_nl AS event ON event.session_slice_hk = slice.hk
  GROUP BY slice.hk
),
part AS (
  SELECT
    known.session_slice_hk, known.site_visitor_hk, known.slice_start, known.site_session_hk AS old_session_hk,
    coalesce(span.first_event_at, known.first_event_at) AS first_event_at,
    coalesce(span.last_event_at, known.last_event_at) AS last_event_at
  FROM business.derived_session_slices AS known
  LEFT JOIN span ON span.session_slice_hk = known.session_slice_hk
  WHERE known.site_session_hk = ANY ($2::bytea[])
    AND (span.session_slice_hk IS NULL OR span.first_event_at IS NOT NULL)
),
judged AS (
  SELECT
    part.*,
    coalesce(
      part.slice_start > lag(part.slice_start) OVER in_time + interval '30 minutes'
        OR part.first_event_at - lag(part.last_event_at) OVER in_time >= interval '30 minutes',
      true
    ) AS begins
  FROM part
  WINDOW in_time AS (PARTITION BY part.site_visitor_hk, part.old_session_hk ORDER BY part.slice_start)
),
numbered AS (
  SELECT
    judged.*,
    count(*) FILTER (WHERE judged.begins) OVER (PARTITION BY judged.site_visitor_hk, judged.old_session_hk ORDER BY judged.slice_start)
      AS place
  FROM judged
),
settled AS MATERIALIZED (
  SELECT
    numbered.session_slice_hk, numbered.first_event_at, numbered.last_event_at,
    first_value(numbered.session_slice_hk) OVER (
      PARTITION BY numbered.site_visitor_hk, numbered.old_session_hk, numbered.place ORDER BY numbered.slice_start
    ) AS site_session_hk
  FROM numbered
),
ended AS (
  DELETE FROM business.derived_session_slices AS known
  USING span
  WHERE known.session_slice_hk = span.session_slice_hk
    AND span.first_event_at IS NULL
),
moved AS (
  UPDATE business.derived_session_slices AS known
  SET
    first_event_at = settled.first_event_at,
    last_event_at = settled.last_event_at,
    site_session_hk = settled.site_session_hk
  FROM settled
  WHERE known.session_slice_hk = settled.session_slice_hk
    AND (known.first_event_at, known.last_event_at, known.site_session_hk)
      IS DISTINCT FROM (settled.first_event_at, settled.last_event_at, settled.site_session_hk)
)
SELECT coalesce(array_agg(DISTINCT settled.site_session_hk), '{}') AS sessions
FROM settled
