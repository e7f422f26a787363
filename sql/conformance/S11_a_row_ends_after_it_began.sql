-- A row ends after it began.
SELECT 'site_session_details_s' AS relation, site_session_hk AS offending_key FROM business.site_session_details_s WHERE load_end_date <= load_date
UNION ALL
SELECT 'site_visitor_details_s', site_visitor_hk FROM business.site_visitor_details_s WHERE load_end_date <= load_date
UNION ALL
SELECT 'site_page_details_s', site_page_hk FROM business.site_page_details_s WHERE load_end_date <= load_date
UNION ALL
SELECT 'business_item_details_s', business_item_hk FROM business.business_item_details_s WHERE load_end_date <= load_date
UNION ALL
SELECT 'site_event_details_s', site_event_hk FROM business.site_event_details_s WHERE load_end_date <= load_date
