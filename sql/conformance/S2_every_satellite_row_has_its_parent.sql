-- The key of every satellite row exists in its hub, and the state that a history names is stored.
SELECT 'site_session_details_s' AS relation, satellite.site_session_hk AS offending_key
FROM business.site_session_details_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_session_h AS hub WHERE hub.site_session_hk = satellite.site_session_hk)
UNION ALL
SELECT 'site_visitor_details_s', satellite.site_visitor_hk
FROM business.site_visitor_details_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_visitor_h AS hub WHERE hub.site_visitor_hk = satellite.site_visitor_hk)
UNION ALL
SELECT 'site_page_details_s', satellite.site_page_hk
FROM business.site_page_details_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_page_h AS hub WHERE hub.site_page_hk = satellite.site_page_hk)
UNION ALL
SELECT 'business_item_details_s', satellite.business_item_hk
FROM business.business_item_details_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.business_item_h AS hub WHERE hub.business_item_hk = satellite.business_item_hk)
UNION ALL
SELECT 'site_event_details_s', satellite.site_event_hk
FROM business.site_event_details_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_event_h AS hub WHERE hub.site_event_hk = satellite.site_event_hk)
UNION ALL
SELECT 'site_session_snapshot_s', satellite.site_session_hk
FROM business.site_session_snapshot_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.session_slice_h AS hub WHERE hub.session_slice_hk = satellite.site_session_hk)
UNION ALL
SELECT 'site_visitor_snapshot_s', satellite.site_visitor_hk
FROM business.site_visitor_snapshot_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_visitor_h AS hub WHERE hub.site_visitor_hk = satellite.site_visitor_hk)
UNION ALL
SELECT 'site_page_snapshot_s', satellite.site_page_hk
FROM business.site_page_snapshot_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_page_h AS hub WHERE hub.site_page_hk = satellite.site_page_hk)
UNION ALL
SELECT 'business_item_snapshot_s', satellite.business_item_hk
FROM business.business_item_snapshot_s AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.business_item_h AS hub WHERE hub.business_item_hk = satellite.business_item_hk)
UNION ALL
SELECT 'site_visitor_history', satellite.site_visitor_hk
FROM business.site_visitor_history AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_visitor_h AS hub WHERE hub.site_visitor_hk = satellite.site_visitor_hk)
UNION ALL
SELECT 'site_page_history', satellite.site_page_hk
FROM business.site_page_history AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_page_h AS hub WHERE hub.site_page_hk = satellite.site_page_hk)
UNION ALL
SELECT 'business_item_history', satellite.business_item_hk
FROM business.business_item_history AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.business_item_h AS hub WHERE hub.business_item_hk = satellite.business_item_hk)
UNION ALL
SELECT 'site_visitor_state_r', satellite.site_visitor_hk
FROM business.site_visitor_state_r AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_visitor_h AS hub WHERE hub.site_visitor_hk = satellite.site_visitor_hk)
UNION ALL
SELECT 'site_page_state_r', satellite.site_page_hk
FROM business.site_page_state_r AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.site_page_h AS hub WHERE hub.site_page_hk = satellite.site_page_hk)
UNION ALL
SELECT 'business_item_state_r', satellite.business_item_hk
FROM business.business_item_state_r AS satellite
WHERE NOT EXISTS (SELECT 1 FROM business.business_item_h AS hub WHERE hub.business_item_hk = satellite.business_item_hk)
UNION ALL
SELECT 'site_visitor_history', history.site_visitor_hk
FROM business.site_visitor_history AS history
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_visitor_state_r AS state
  WHERE state.site_visitor_hk = history.site_visitor_hk AND state.visitor_state_id = history.visitor_state_id
)
UNION ALL
SELECT 'site_page_history', history.site_page_hk
FROM business.site_page_history AS history
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_page_state_r AS state
  WHERE state.site_page_hk = history.site_page_hk AND state.page_state_id = history.page_state_id
)
UNION ALL
SELECT 'business_item_history', history.business_item_hk
FROM business.business_item_history AS history
WHERE NOT EXISTS (
  SELECT 1
  FROM business.business_item_state_r AS state
  WHERE state.business_item_hk = history.business_item_hk AND state.item_state_id = history.item_state_id
)
