-- Every row of a snapshot, a state, a history, an accumulator or a source is of the tenant of its parent.
SELECT 'site_session_snapshot_s' AS relation, satellite.site_session_hk AS offending_key
FROM business.site_session_snapshot_s AS satellite
JOIN business.session_slice_h AS hub ON hub.session_slice_hk = satellite.site_session_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_visitor_snapshot_s', satellite.site_visitor_hk
FROM business.site_visitor_snapshot_s AS satellite
JOIN business.site_visitor_h AS hub ON hub.site_visitor_hk = satellite.site_visitor_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_page_snapshot_s', satellite.site_page_hk
FROM business.site_page_snapshot_s AS satellite
JOIN business.site_page_h AS hub ON hub.site_page_hk = satellite.site_page_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'business_item_snapshot_s', satellite.business_item_hk
FROM business.business_item_snapshot_s AS satellite
JOIN business.business_item_h AS hub ON hub.business_item_hk = satellite.business_item_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_visitor_state_r', satellite.site_visitor_hk
FROM business.site_visitor_state_r AS satellite
JOIN business.site_visitor_h AS hub ON hub.site_visitor_hk = satellite.site_visitor_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_page_state_r', satellite.site_page_hk
FROM business.site_page_state_r AS satellite
JOIN business.site_page_h AS hub ON hub.site_page_hk = satellite.site_page_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'business_item_state_r', satellite.business_item_hk
FROM business.business_item_state_r AS satellite
JOIN business.business_item_h AS hub ON hub.business_item_hk = satellite.business_item_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_session_acc', satellite.site_session_hk
FROM business.site_session_acc AS satellite
JOIN business.session_slice_h AS hub ON hub.session_slice_hk = satellite.site_session_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_visitor_acc', satellite.site_visitor_hk
FROM business.site_visitor_acc AS satellite
JOIN business.site_visitor_h AS hub ON hub.site_visitor_hk = satellite.site_visitor_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_page_acc', satellite.site_page_hk
FROM business.site_page_acc AS satellite
JOIN business.site_page_h AS hub ON hub.site_page_hk = satellite.site_page_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'business_item_acc', satellite.business_item_hk
FROM business.business_item_acc AS satellite
JOIN business.business_item_h AS hub ON hub.business_item_hk = satellite.business_item_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_visitor_history', satellite.site_visitor_hk
FROM business.site_visitor_history AS satellite
JOIN business.site_visitor_h AS hub ON hub.site_visitor_hk = satellite.site_visitor_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'site_page_history', satellite.site_page_hk
FROM business.site_page_history AS satellite
JOIN business.site_page_h AS hub ON hub.site_page_hk = satellite.site_page_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'business_item_history', satellite.business_item_hk
FROM business.business_item_history AS satellite
JOIN business.business_item_h AS hub ON hub.business_item_hk = satellite.business_item_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'derived_session_slices', satellite.site_visitor_hk
FROM business.derived_session_slices AS satellite
JOIN business.site_visitor_h AS hub ON hub.site_visitor_hk = satellite.site_visitor_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'visitor_item_acc', satellite.site_visitor_hk
FROM business.visitor_item_acc AS satellite
JOIN business.site_visitor_h AS hub ON hub.site_visitor_hk = satellite.site_visitor_hk
WHERE hub.tenant_hk <> satellite.tenant_hk
UNION ALL
SELECT 'traffic_source_r', event.site_event_hk
FROM business.site_event_nl AS event
JOIN business.traffic_source_r AS source ON source.traffic_source_id = event.traffic_source_id
WHERE source.tenant_hk <> event.tenant_hk
