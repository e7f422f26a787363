-- Deletes events, and returns what was counted of them. $1 tenant key, $2 keys of events, $3 the first and $4 the last time in
-- these keys.
DELETE FROM business.site_event_nl AS event
WHERE event.site_event_hk = ANY ($2::bytea[])
  AND event.tenant_hk = $1
  AND event.event_timestamp >= $3
  AND event.event_timestamp <= $4
RETURNING
  event.site_event_hk,
  event.load_date,
  event.record_source,
  event.event_type,
  event.event_action,
  event.site_visitor_hk,
  event.site_page_hk,
  event.page_state_id::text AS page_state_id,
  event.traffic_source_id::text AS traffic_source_id
