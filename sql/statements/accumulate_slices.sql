-- Notes the half hours of sessions that no client named. $1 staging ids of new events.
-- It touches no row when there are none: then no session can change its parts.
INSERT INTO business.derived_session_slices AS known (
  session_slice_hk, site_visitor_hk, tenant_hk, slice_start, first_event_at, last_event_at, site_session_hk
)
SELECT
  s.session_slice_hk,
  s.site_visitor_hk,
  s.tenant_hk,
  s.slice_start,
  min(s.event_timestamp),
  max(s.event_timestamp),
  s.session_slice_hk
FROM staging.site_events_staging AS s
WHERE s.staging_event_id = ANY ($1::bigint[])
  AND s.slice_start IS NOT NULL
GROUP BY s.session_slice_hk, s.site_visitor_hk, s.tenant_hk, s.slice_start
ORDER BY s.session_slice_hk
ON CONFLICT (session_slice_hk) DO UPDATE
SET
  first_event_at = least(known.first_event_at, EXCLUDED.first_event_at),
  last_event_at = greatest(known.last_event_at, EXCLUDED.last_event_at)
