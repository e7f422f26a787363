-- Builds the accumulators of sessions again from all their events: of closed ones that late events opened, and of those that
-- were joined. $1 keys of sessions, whose own accumulators are gone.
WITH slice AS (
  SELECT session.hk AS site_session_hk, session.hk AS session_slice_hk
  FROM unnest($1::bytea[]) AS session (hk)
  UNION
  SELECT part.site_session_hk, part.session_slice_hk
  FROM business.derived_session_slices AS part
  WHERE part.site_session_hk = ANY ($1::bytea[])
)
INSERT INTO business.site_session_acc (
  site_session_hk, tenant_hk, snapshot_at, snapshot_load_date, first_load_date, last_load_date, first_event_hk, last_event_hk,
  entry_event_hk, exit_event_hk, total_conversion_value, total_events, total_page_views, total_interactions,
  transaction_steps, transactions_completed, has_changed
)
SELECT
  slice.site_session_hk,
  event.tenant_hk,
  taken.load_date,
  taken.load_date,
  min(event.load_date),
  max(event.load_date),
  min(event.site_event_hk),
  max(event.site_event_hk),
  min(event.site_event_hk) FILTER (WHERE event.event_type = 'page_view'),
  max(event.site_event_hk) FILTER (WHERE event.event_type = 'page_view'),
  coalesce(sum(event.event_value), 0),
  count(*),
  count(*) FILTER (WHERE event.event_type = 'page_view'),
  count(*) FILTER (WHERE business.is_interaction(event.event_type)),
  count(*) FILTER (WHERE event.event_type = 'transaction_step'),
  count(*) FILTER (WHERE event.event_type = 'transaction_step' AND event.event_action = 'complete'),
  true
FROM slice
JOIN business.site_event_nl AS event ON event.session_slice_hk = slice.session_slice_hk
CROSS JOIN LATERAL (
  SELECT max(snapshot.load_date) AS load_date
  FROM business.site_session_snapshot_s AS snapshot
  WHERE snapshot.site_session_hk = slice.site_session_hk
) AS taken
GROUP BY slice.site_session_hk, event.tenant_hk, taken.load_date
ORDER BY slice.site_session_hk
