-- Takes back what closed sessions said of pages, now that late events open them. $1 keys of sessions, $2 staging ids of the
-- new events, which they did not know when they closed.
SELECT business.contribute_sessions(
  $1::bytea[],
  ARRAY(SELECT s.site_event_hk FROM staging.site_events_staging AS s WHERE s.staging_event_id = ANY ($2::bigint[])),
  -1
)
