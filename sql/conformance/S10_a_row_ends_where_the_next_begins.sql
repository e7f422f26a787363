-- The end of a row is the load date of the next one of its key; the last has none.
SELECT relation, offending_key
FROM (
  SELECT 'site_session_details_s' AS relation, site_session_hk AS offending_key,
    load_end_date IS DISTINCT FROM lead(load_date) OVER (PARTITION BY site_session_hk ORDER BY load_date) AS is_off
  FROM business.site_session_details_s
  UNION ALL
  SELECT 'site_visitor_details_s', site_visitor_hk,
    load_end_date IS DISTINCT FROM lead(load_date) OVER (PARTITION BY site_visitor_hk ORDER BY load_date)
  FROM business.site_visitor_details_s
  UNION ALL
  SELECT 'site_page_details_s', site_page_hk,
    load_end_date IS DISTINCT FROM lead(load_date) OVER (PARTITION BY site_page_hk ORDER BY load_date)
  FROM business.site_page_details_s
  UNION ALL
  SELECT 'business_item_details_s', business_item_hk,
    load_end_date IS DISTINCT FROM lead(load_date) OVER (PARTITION BY business_item_hk ORDER BY load_date)
  FROM business.business_item_details_s
) AS satellite
WHERE is_off
