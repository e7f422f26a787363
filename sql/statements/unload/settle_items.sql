-- Looks unsettled items up among all links of events: deletes those of which none is left, sets what was seen first and last of the
-- others, and deletes hub rows that no event brought. Returns these with the event that brings them now, where there is one.
-- $1 tenant key.
WITH unsettled AS MATERIALIZED (
  SELECT DISTINCT noted.key_hk AS business_item_hk
  FROM staging.unsettled_keys AS noted
  WHERE noted.tenant_hk = $1
    AND noted.kind IN ('item_origin', 'item_seen')
),
kept AS MATERIALIZED (
  SELECT link.business_item_hk, link.load_date, link.record_source, link.site_event_hk, link.item_state_id, link.describes_item
  FROM business.event_business_item_nl AS link
  WHERE link.tenant_hk = $1
    AND link.business_item_hk IN (SELECT unsettled.business_item_hk FROM unsettled)
),
first AS (
  SELECT DISTINCT ON (kept.business_item_hk) kept.*
  FROM kept
  ORDER BY kept.business_item_hk, kept.load_date, kept.record_source, kept.site_event_hk
),
newest AS (
  SELECT DISTINCT ON (kept.business_item_hk)
    kept.*,
    min(kept.load_date) OVER (PARTITION BY kept.business_item_hk) AS first_load_date,
    max(kept.load_date) OVER (PARTITION BY kept.business_item_hk) AS last_load_date
  FROM kept
  ORDER BY kept.business_item_hk, kept.describes_item DESC, kept.load_date DESC, kept.site_event_hk DESC
),
ended AS MATERIALIZED (
  SELECT unsettled.business_item_hk
  FROM unsettled
  WHERE unsettled.business_item_hk NOT IN (SELECT kept.business_item_hk FROM kept)
),
unseen AS (DELETE FROM business.business_item_acc AS acc USING ended WHERE acc.business_item_hk = ended.business_item_hk),
observed AS (
  UPDATE business.business_item_acc AS acc
  SET
    has_changed = true,
    first_load_date = newest.first_load_date,
    last_load_date = newest.last_load_date,
    is_described = newest.describes_item,
    item_state_id = newest.item_state_id,
    observed_load_date = newest.load_date,
    observed_event_hk = newest.site_event_hk
  FROM newest
  WHERE acc.business_item_hk = newest.business_item_hk
    AND (
      acc.first_load_date, acc.last_load_date, acc.is_described, acc.item_state_id, acc.observed_load_date, acc.observed_event_hk
    ) IS DISTINCT FROM (
      newest.first_load_date, newest.last_load_date, newest.describes_item, newest.item_state_id, newest.load_date,
      newest.site_event_hk
    )
),
states AS (DELETE FROM business.business_item_state_r AS state USING ended WHERE state.business_item_hk = ended.business_item_hk),
history AS (DELETE FROM business.business_item_history AS h USING ended WHERE h.business_item_hk = ended.business_item_hk),
snapshots AS (
  DELETE FROM business.business_item_snapshot_s AS snapshot USING ended WHERE snapshot.business_item_hk = ended.business_item_hk
),
late AS (
  DELETE FROM business.late_observations AS noted
  USING ended
  WHERE noted.history = 'business_item_history'
    AND noted.parent_hk = ended.business_item_hk
),
dropped AS (
  DELETE FROM business.business_item_h AS hub
  USING unsettled
  WHERE hub.business_item_hk = unsettled.business_item_hk
    AND (hub.business_item_hk, hub.load_date, hub.record_source)
      NOT IN (SELECT kept.business_item_hk, kept.load_date, kept.record_source FROM kept)
  RETURNING hub.business_item_hk, hub.business_item_bk
)
SELECT dropped.business_item_hk AS key, dropped.business_item_bk AS business_key, first.load_date, first.record_source
FROM dropped
JOIN first ON first.business_item_hk = dropped.business_item_hk
