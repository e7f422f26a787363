-- Sessions that new events join to the one before: less than 30 minutes lie between the last event of a half hour and the
-- first of the next. $1 staging ids of new events.
-- Only the first slice of a session can join, so each session joins at most one other; chains are followed to their start.
-- Returns the session that ends as such and the one it becomes part of, in hexadecimal, and the visitor.
WITH RECURSIVE touched AS (
  SELECT DISTINCT part.site_visitor_hk, part.slice_start
  FROM staging.site_events_staging AS s
  JOIN business.derived_session_slices AS part ON part.session_slice_hk = s.session_slice_hk
  WHERE s.staging_event_id = ANY ($1::bigint[])
),
candidate AS (
  SELECT part.*
  FROM touched
  JOIN business.derived_session_slices AS part
    ON part.site_visitor_hk = touched.site_visitor_hk
   AND part.slice_start IN (touched.slice_start, touched.slice_start + interval '30 minutes')
),
joined AS (
  SELECT DISTINCT candidate.session_slice_hk AS absorbed_hk, previous.site_session_hk AS into_hk, candidate.site_visitor_hk
  FROM candidate
  JOIN business.derived_session_slices AS previous
    ON previous.site_visitor_hk = candidate.site_visitor_hk
   AND previous.slice_start = candidate.slice_start - interval '30 minutes'
  WHERE candidate.site_session_hk = candidate.session_slice_hk
    AND candidate.first_event_at - previous.last_event_at < interval '30 minutes'
),
followed AS (
  SELECT absorbed_hk, into_hk, site_visitor_hk FROM joined
  UNION ALL
  SELECT followed.absorbed_hk, joined.into_hk, followed.site_visitor_hk
  FROM followed
  JOIN joined ON joined.absorbed_hk = followed.into_hk
)
SELECT followed.absorbed_hk, followed.into_hk, followed.site_visitor_hk
FROM followed
WHERE NOT EXISTS (SELECT 1 FROM joined WHERE joined.absorbed_hk = followed.into_hk)
ORDER BY followed.absorbed_hk
