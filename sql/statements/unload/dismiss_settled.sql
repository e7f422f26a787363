-- Takes from what is unsettled that which the given events settle: they stand in the vault again, with the same arrivals.
-- $1 tenant key, $2 keys of events, $3 the first and $4 the last time in these keys.
WITH event AS MATERIALIZED (
  SELECT e.site_event_hk, e.load_date, e.record_source, e.site_page_hk, e.page_state_id, e.traffic_source_id
  FROM business.site_event_nl AS e
  WHERE e.site_event_hk = ANY ($2::bytea[])
    AND e.tenant_hk = $1
    AND e.event_timestamp >= $3
    AND e.event_timestamp <= $4
),
link AS MATERIALIZED (
  SELECT l.site_event_hk, l.load_date, l.record_source, l.business_item_hk, l.item_state_id
  FROM business.event_business_item_nl AS l
  WHERE l.site_event_hk = ANY ($2::bytea[])
    AND l.tenant_hk = $1
)
DELETE FROM staging.unsettled_keys AS noted
WHERE noted.tenant_hk = $1
  AND CASE noted.kind
    WHEN 'page_origin' THEN EXISTS (
      SELECT
      FROM business.site_page_h AS hub
      JOIN event
        ON event.site_page_hk = hub.site_page_hk AND event.load_date = hub.load_date AND event.record_source = hub.record_source
      WHERE hub.site_page_hk = noted.key_hk
    )
    WHEN 'page_seen' THEN EXISTS (
      SELECT
      FROM business.site_page_acc AS acc
      JOIN event
        ON event.site_event_hk = acc.observed_event_hk
       AND event.site_page_hk = acc.site_page_hk
       AND event.page_state_id = acc.page_state_id
      WHERE acc.site_page_hk = noted.key_hk
        AND acc.total_views > 0
    )
    WHEN 'page_state' THEN EXISTS (
      SELECT FROM event WHERE event.site_page_hk = noted.key_hk AND event.page_state_id = noted.state_id
    )
    WHEN 'item_origin' THEN EXISTS (SELECT FROM link WHERE link.business_item_hk = noted.key_hk)
    WHEN 'item_seen' THEN EXISTS (
      SELECT
      FROM business.business_item_acc AS acc
      JOIN link
        ON link.site_event_hk = acc.observed_event_hk
       AND link.business_item_hk = acc.business_item_hk
       AND link.item_state_id = acc.item_state_id
      WHERE acc.business_item_hk = noted.key_hk
        AND acc.total_interactions + acc.total_conversions > 0
    )
    WHEN 'item_state' THEN EXISTS (
      SELECT FROM link WHERE link.business_item_hk = noted.key_hk AND link.item_state_id = noted.state_id
    )
    ELSE EXISTS (SELECT FROM event WHERE event.traffic_source_id = noted.state_id)
  END
