-- Business items. $1 to $15 as analytics.selected_events takes them, $16 rows, $17 rows to pass over.
-- As the item's own counters: every event is an interaction but for the steps of a transaction; a completed one is a conversion.
WITH event AS MATERIALIZED (
  SELECT
    chosen.site_event_hk,
    chosen.site_session_hk,
    chosen.site_visitor_hk,
    chosen.event_type,
    chosen.event_action,
    chosen.event_value
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS chosen
),
concerned AS (
  SELECT
    link.business_item_hk,
    event.site_session_hk,
    event.site_visitor_hk,
    event.event_type,
    event.event_action,
    event.event_value::numeric / count(*) OVER (PARTITION BY link.site_event_hk) AS share
  FROM event
  JOIN business.event_business_item_nl AS link ON link.site_event_hk = event.site_event_hk
),
counted AS (
  SELECT
    concerned.business_item_hk,
    count(*) FILTER (WHERE concerned.event_type <> 'transaction_step') AS interactions,
    count(DISTINCT concerned.site_visitor_hk) AS visitors,
    count(DISTINCT concerned.site_session_hk) AS sessions,
    count(*) FILTER (WHERE concerned.event_type = 'transaction_step' AND concerned.event_action = 'complete') AS conversions,
    coalesce(sum(concerned.share), 0) AS value
  FROM concerned
  GROUP BY concerned.business_item_hk
)
SELECT
  jsonb_build_object(
    'item', item.business_item_bk,
    'name', state.item_name,
    'type', state.item_type,
    'interactions', counted.interactions,
    'visitors', counted.visitors,
    'sessions', counted.sessions,
    'conversions', counted.conversions,
    'value', round(counted.value, 2)
  ) AS answer
FROM counted
JOIN business.business_item_h AS item ON item.business_item_hk = counted.business_item_hk
JOIN business.business_item_acc AS acc ON acc.business_item_hk = counted.business_item_hk
JOIN business.business_item_state_r AS state
  ON state.business_item_hk = acc.business_item_hk AND state.item_state_id = acc.item_state_id
ORDER BY counted.interactions DESC, item.business_item_bk COLLATE "C"
LIMIT $16
OFFSET $17
