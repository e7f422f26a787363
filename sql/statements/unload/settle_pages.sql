-- Looks unsettled pages up among all events: deletes those of which none is left, sets what was seen last of the others, and
-- deletes hub rows that no event brought. Returns these with the event that brings them now, where there is one. $1 tenant key.
WITH unsettled AS MATERIALIZED (
  SELECT DISTINCT noted.key_hk AS site_page_hk
  FROM staging.unsettled_keys AS noted
  WHERE noted.tenant_hk = $1
    AND noted.kind IN ('page_origin', 'page_seen')
    AND noted.key_hk <> decode(repeat('00', 20), 'hex')
),
kept AS MATERIALIZED (
  SELECT event.site_page_hk, event.load_date, event.record_source, event.site_event_hk, event.page_state_id
  FROM business.site_event_nl AS event
  WHERE event.tenant_hk = $1
    AND event.site_page_hk IN (SELECT unsettled.site_page_hk FROM unsettled)
),
first AS (
  SELECT DISTINCT ON (kept.site_page_hk) kept.*
  FROM kept
  ORDER BY kept.site_page_hk, kept.load_date, kept.record_source, kept.site_event_hk
),
newest AS (
  SELECT DISTINCT ON (kept.site_page_hk) kept.*
  FROM kept
  WHERE kept.page_state_id IS NOT NULL
  ORDER BY kept.site_page_hk, kept.load_date DESC, kept.site_event_hk DESC
),
ended AS MATERIALIZED (
  SELECT unsettled.site_page_hk
  FROM unsettled
  WHERE unsettled.site_page_hk NOT IN (SELECT kept.site_page_hk FROM kept)
),
unseen AS (
  DELETE FROM business.site_page_acc AS acc
  USING unsettled
  WHERE acc.site_page_hk = unsettled.site_page_hk
    AND acc.site_page_hk NOT IN (SELECT newest.site_page_hk FROM newest)
),
observed AS (
  UPDATE business.site_page_acc AS acc
  SET
    has_changed = true,
    last_load_date = newest.load_date,
    observed_event_hk = newest.site_event_hk,
    page_state_id = newest.page_state_id
  FROM newest
  WHERE acc.site_page_hk = newest.site_page_hk
    AND (acc.last_load_date, acc.observed_event_hk, acc.page_state_id)
      IS DISTINCT FROM (newest.load_date, newest.site_event_hk, newest.page_state_id)
),
states AS (DELETE FROM business.site_page_state_r AS state USING ended WHERE state.site_page_hk = ended.site_page_hk),
history AS (DELETE FROM business.site_page_history AS h USING ended WHERE h.site_page_hk = ended.site_page_hk),
snapshots AS (DELETE FROM business.site_page_snapshot_s AS snapshot USING ended WHERE snapshot.site_page_hk = ended.site_page_hk),
late AS (
  DELETE FROM business.late_observations AS noted
  USING ended
  WHERE noted.history = 'site_page_history'
    AND noted.parent_hk = ended.site_page_hk
),
dropped AS (
  DELETE FROM business.site_page_h AS hub
  USING unsettled
  WHERE hub.site_page_hk = unsettled.site_page_hk
    AND (hub.site_page_hk, hub.load_date, hub.record_source)
      NOT IN (SELECT kept.site_page_hk, kept.load_date, kept.record_source FROM kept)
  RETURNING hub.site_page_hk, hub.site_page_bk
)
SELECT dropped.site_page_hk AS key, dropped.site_page_bk AS business_key, first.load_date, first.record_source
FROM dropped
JOIN first ON first.site_page_hk = dropped.site_page_hk
