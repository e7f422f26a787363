-- Null, empty and blank business keys load no row.
SELECT relation, offending_key
FROM (
  SELECT 'session_slice_h' AS relation, session_slice_hk AS offending_key, session_slice_bk::text AS business_key
  FROM business.session_slice_h
  UNION ALL
  SELECT 'site_visitor_h', site_visitor_hk, site_visitor_bk FROM business.site_visitor_h
  UNION ALL
  SELECT 'site_page_h', site_page_hk, site_page_bk FROM business.site_page_h
  UNION ALL
  SELECT 'business_item_h', business_item_hk, business_item_bk FROM business.business_item_h
  UNION ALL
  SELECT 'site_event_h', site_event_hk, site_event_bk FROM business.site_event_h
) AS hub
WHERE business_key IS NULL OR business_key !~ '\S'
