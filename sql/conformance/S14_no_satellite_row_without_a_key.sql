-- No satellite row has a null key or the zero key.
SELECT 'site_session_details_s' AS relation, site_session_hk AS offending_key FROM business.site_session_details_s WHERE site_session_hk IS NULL OR site_session_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_visitor_details_s', site_visitor_hk FROM business.site_visitor_details_s WHERE site_visitor_hk IS NULL OR site_visitor_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_page_details_s', site_page_hk FROM business.site_page_details_s WHERE site_page_hk IS NULL OR site_page_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'business_item_details_s', business_item_hk FROM business.business_item_details_s WHERE business_item_hk IS NULL OR business_item_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_event_details_s', site_event_hk FROM business.site_event_details_s WHERE site_event_hk IS NULL OR site_event_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_session_snapshot_s', site_session_hk FROM business.site_session_snapshot_s WHERE site_session_hk IS NULL OR site_session_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_visitor_snapshot_s', site_visitor_hk FROM business.site_visitor_snapshot_s WHERE site_visitor_hk IS NULL OR site_visitor_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_page_snapshot_s', site_page_hk FROM business.site_page_snapshot_s WHERE site_page_hk IS NULL OR site_page_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'business_item_snapshot_s', business_item_hk FROM business.business_item_snapshot_s WHERE business_item_hk IS NULL OR business_item_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_visitor_history', site_visitor_hk FROM business.site_visitor_history WHERE site_visitor_hk IS NULL OR site_visitor_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_page_history', site_page_hk FROM business.site_page_history WHERE site_page_hk IS NULL OR site_page_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'business_item_history', business_item_hk FROM business.business_item_history WHERE business_item_hk IS NULL OR business_item_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_visitor_state_r', site_visitor_hk FROM business.site_visitor_state_r WHERE site_visitor_hk IS NULL OR site_visitor_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'site_page_state_r', site_page_hk FROM business.site_page_state_r WHERE site_page_hk IS NULL OR site_page_hk = '\x0000000000000000000000000000000000000000'
UNION ALL
SELECT 'business_item_state_r', business_item_hk FROM business.business_item_state_r WHERE business_item_hk IS NULL OR business_item_hk = '\x0000000000000000000000000000000000000000'
