-- Deletes unsettled states of pages and items, and sources, that no event names any more. $1 tenant key.
WITH unsettled AS MATERIALIZED (
  SELECT noted.kind, noted.key_hk, noted.state_id
  FROM staging.unsettled_keys AS noted
  WHERE noted.tenant_hk = $1
),
page_states AS (
  DELETE FROM business.site_page_state_r AS state
  USING unsettled
  WHERE unsettled.kind = 'page_state'
    AND state.site_page_hk = unsettled.key_hk
    AND state.page_state_id = unsettled.state_id
    AND (state.site_page_hk, state.page_state_id) NOT IN (
      SELECT event.site_page_hk, event.page_state_id
      FROM business.site_event_nl AS event
      WHERE event.tenant_hk = $1
        AND event.page_state_id IN (SELECT other.state_id FROM unsettled AS other WHERE other.kind = 'page_state')
    )
),
item_states AS (
  DELETE FROM business.business_item_state_r AS state
  USING unsettled
  WHERE unsettled.kind = 'item_state'
    AND state.business_item_hk = unsettled.key_hk
    AND state.item_state_id = unsettled.state_id
    AND (state.business_item_hk, state.item_state_id) NOT IN (
      SELECT link.business_item_hk, link.item_state_id
      FROM business.event_business_item_nl AS link
      WHERE link.tenant_hk = $1
        AND link.item_state_id IN (SELECT other.state_id FROM unsettled AS other WHERE other.kind = 'item_state')
    )
)
DELETE FROM business.traffic_source_r AS source
USING unsettled
WHERE unsettled.kind = 'source'
  AND source.traffic_source_id = unsettled.state_id
  AND source.tenant_hk = $1
  AND source.traffic_source_id NOT IN (
    SELECT event.traffic_source_id
    FROM business.site_event_nl AS event
    WHERE event.tenant_hk = $1
      AND event.traffic_source_id IN (SELECT other.state_id FROM unsettled AS other WHERE other.kind = 'source')
  )
