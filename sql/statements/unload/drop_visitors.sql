-- Deletes visitors of whom no event is left, and of the others the hub row when the event that brought it is gone, and states
-- that no event names any more. Returns the hub rows. $1 keys of visitors.
WITH event AS MATERIALIZED (
  SELECT e.site_visitor_hk, e.load_date, e.record_source, e.visitor_state_id
  FROM business.session_slice_visitor_l AS link
  JOIN business.site_event_nl AS e
    ON e.session_slice_hk = link.session_slice_hk AND e.site_visitor_hk = link.site_visitor_hk
  WHERE link.site_visitor_hk = ANY ($1::bytea[])
),
ended AS MATERIALIZED (
  SELECT visitor.hk
  FROM unnest($1::bytea[]) AS visitor (hk)
  WHERE NOT EXISTS (SELECT FROM event WHERE event.site_visitor_hk = visitor.hk)
),
states AS (
  DELETE FROM business.site_visitor_state_r AS state
  WHERE state.site_visitor_hk = ANY ($1::bytea[])
    AND NOT EXISTS (
      SELECT
      FROM event
      WHERE event.site_visitor_hk = state.site_visitor_hk AND event.visitor_state_id = state.visitor_state_id
    )
),
accumulated AS (DELETE FROM business.site_visitor_acc AS acc USING ended WHERE acc.site_visitor_hk = ended.hk),
items AS (DELETE FROM business.visitor_item_acc AS acc USING ended WHERE acc.site_visitor_hk = ended.hk),
snapshots AS (DELETE FROM business.site_visitor_snapshot_s AS snapshot USING ended WHERE snapshot.site_visitor_hk = ended.hk),
history AS (DELETE FROM business.site_visitor_history AS h USING ended WHERE h.site_visitor_hk = ended.hk),
late AS (
  DELETE FROM business.late_observations AS noted
  USING ended
  WHERE noted.history = 'site_visitor_history'
    AND noted.parent_hk = ended.hk
)
DELETE FROM business.site_visitor_h AS hub
WHERE hub.site_visitor_hk = ANY ($1::bytea[])
  AND NOT EXISTS (
    SELECT
    FROM event
    WHERE event.site_visitor_hk = hub.site_visitor_hk
      AND (event.load_date, event.record_source) = (hub.load_date, hub.record_source)
  )
RETURNING hub.site_visitor_hk AS key, hub.site_visitor_bk AS business_key
