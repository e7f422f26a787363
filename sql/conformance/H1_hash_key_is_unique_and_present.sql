-- The hash key of every hub is unique and never null.
SELECT relation, offending_key
FROM (
  SELECT 'site_session_h' AS relation, site_session_hk AS offending_key FROM business.site_session_h
  UNION ALL
  SELECT 'session_slice_h', session_slice_hk FROM business.session_slice_h
  UNION ALL
  SELECT 'site_visitor_h', site_visitor_hk FROM business.site_visitor_h
  UNION ALL
  SELECT 'site_page_h', site_page_hk FROM business.site_page_h
  UNION ALL
  SELECT 'business_item_h', business_item_hk FROM business.business_item_h
  UNION ALL
  SELECT 'site_event_h', site_event_hk FROM business.site_event_h
) AS hub
GROUP BY relation, offending_key
HAVING count(*) > 1 OR offending_key IS NULL
