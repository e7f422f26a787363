-- No satellite has two rows of one key and load date.
SELECT relation, offending_key
FROM (
  SELECT 'site_session_details_s' AS relation, site_session_hk AS offending_key, load_date AS load_date FROM business.site_session_details_s
  UNION ALL
  SELECT 'site_visitor_details_s', site_visitor_hk, load_date FROM business.site_visitor_details_s
  UNION ALL
  SELECT 'site_page_details_s', site_page_hk, load_date FROM business.site_page_details_s
  UNION ALL
  SELECT 'business_item_details_s', business_item_hk, load_date FROM business.business_item_details_s
  UNION ALL
  SELECT 'site_event_details_s', site_event_hk, load_date FROM business.site_event_details_s
  UNION ALL
  SELECT 'site_session_snapshot_s', site_session_hk, load_date FROM business.site_session_snapshot_s
  UNION ALL
  SELECT 'site_visitor_snapshot_s', site_visitor_hk, load_date FROM business.site_visitor_snapshot_s
  UNION ALL
  SELECT 'site_page_snapshot_s', site_page_hk, load_date FROM business.site_page_snapshot_s
  UNION ALL
  SELECT 'business_item_snapshot_s', business_item_hk, load_date FROM business.business_item_snapshot_s
) AS satellite
GROUP BY relation, offending_key, load_date
HAVING count(*) > 1
