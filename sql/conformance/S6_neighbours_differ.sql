-- No two adjacent rows of a key have the same hash_diff. The open row is left out while it shows values that no snapshot holds yet.
SELECT relation, offending_key
FROM (
  SELECT 'site_session_details_s' AS relation, site_session_hk AS offending_key,
    hash_diff = lag(hash_diff) OVER (PARTITION BY site_session_hk ORDER BY load_date) AS repeats
  FROM business.site_session_details_s
  UNION ALL
  SELECT 'site_visitor_details_s', satellite.site_visitor_hk,
    satellite.hash_diff = lag(satellite.hash_diff) OVER (PARTITION BY satellite.site_visitor_hk ORDER BY satellite.load_date)
      AND NOT (satellite.load_end_date IS NULL AND acc.has_changed IS TRUE)
  FROM business.site_visitor_details_s AS satellite
  LEFT JOIN business.site_visitor_acc AS acc ON acc.site_visitor_hk = satellite.site_visitor_hk
  UNION ALL
  SELECT 'site_page_details_s', satellite.site_page_hk,
    satellite.hash_diff = lag(satellite.hash_diff) OVER (PARTITION BY satellite.site_page_hk ORDER BY satellite.load_date)
      AND NOT (satellite.load_end_date IS NULL AND acc.has_changed IS TRUE)
  FROM business.site_page_details_s AS satellite
  LEFT JOIN business.site_page_acc AS acc ON acc.site_page_hk = satellite.site_page_hk
  UNION ALL
  SELECT 'business_item_details_s', satellite.business_item_hk,
    satellite.hash_diff = lag(satellite.hash_diff) OVER (PARTITION BY satellite.business_item_hk ORDER BY satellite.load_date)
      AND NOT (satellite.load_end_date IS NULL AND acc.has_changed IS TRUE)
  FROM business.business_item_details_s AS satellite
  LEFT JOIN business.business_item_acc AS acc ON acc.business_item_hk = satellite.business_item_hk
) AS satellite
WHERE repeats
