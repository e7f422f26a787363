-- What is known of the sessions that new events touch and of those that join another.
-- $1 staging ids of new events, $2 keys of sessions that are joined to another, $3 the sessions they become part of.
-- Returns each known session that is closed or joined to another, and the session that has to be built again because of it.
WITH touched AS (
  SELECT DISTINCT coalesce(part.site_session_hk, s.session_slice_hk) AS site_session_hk
  FROM staging.site_events_staging AS s
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = s.session_slice_hk
  WHERE s.staging_event_id = ANY ($1::bigint[])
  UNION
  SELECT absorbed.hk FROM unnest($2::bytea[]) AS absorbed (hk)
  UNION
  SELECT target.hk FROM unnest($3::bytea[]) AS target (hk)
),
-- One probe each for the few sessions that a batch touches, however many there are.
known AS (
  SELECT
    touched.site_session_hk,
    open.site_session_hk IS NULL AS is_closed
  FROM touched
  LEFT JOIN LATERAL (
    SELECT acc.site_session_hk
    FROM business.site_session_acc AS acc
    WHERE acc.site_session_hk = touched.site_session_hk
    LIMIT 1
  ) AS open ON true
  LEFT JOIN LATERAL (
    SELECT snapshot.site_session_hk
    FROM business.site_session_snapshot_s AS snapshot
    WHERE snapshot.site_session_hk = touched.site_session_hk
    LIMIT 1
  ) AS taken ON true
  WHERE open.site_session_hk IS NOT NULL
     OR taken.site_session_hk IS NOT NULL
)
SELECT
  known.site_session_hk,
  known.is_closed,
  coalesce(joined.into_hk, CASE WHEN known.is_closed THEN known.site_session_hk END) AS rebuilt_hk
FROM known
LEFT JOIN unnest($2::bytea[], $3::bytea[]) AS joined (absorbed_hk, into_hk) ON joined.absorbed_hk = known.site_session_hk
WHERE known.is_closed
   OR joined.into_hk IS NOT NULL
