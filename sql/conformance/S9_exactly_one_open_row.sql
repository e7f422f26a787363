-- Every key of a hub has exactly one open row in its satellite; pages of which no event says more than the address have none.
SELECT 'site_session_details_s' AS relation, hub.site_session_hk AS offending_key
FROM business.site_session_h AS hub
LEFT JOIN (
  SELECT site_session_hk, count(*) FILTER (WHERE load_end_date IS NULL) AS open_rows FROM business.site_session_details_s GROUP BY site_session_hk
) AS satellite ON satellite.site_session_hk = hub.site_session_hk
WHERE satellite.open_rows IS DISTINCT FROM 1
UNION ALL
SELECT 'site_visitor_details_s', hub.site_visitor_hk
FROM business.site_visitor_h AS hub
LEFT JOIN (
  SELECT site_visitor_hk, count(*) FILTER (WHERE load_end_date IS NULL) AS open_rows FROM business.site_visitor_details_s GROUP BY site_visitor_hk
) AS satellite ON satellite.site_visitor_hk = hub.site_visitor_hk
WHERE satellite.open_rows IS DISTINCT FROM 1
UNION ALL
SELECT 'site_page_details_s', hub.site_page_hk
FROM business.site_page_h AS hub
LEFT JOIN (
  SELECT site_page_hk, count(*) FILTER (WHERE load_end_date IS NULL) AS open_rows FROM business.site_page_details_s GROUP BY site_page_hk
) AS satellite ON satellite.site_page_hk = hub.site_page_hk
WHERE satellite.open_rows IS DISTINCT FROM 1
  AND hub.site_page_hk <> '\x0000000000000000000000000000000000000000'
  AND (
    satellite.open_rows IS NOT NULL
    OR EXISTS (
      SELECT 1
      FROM business.site_event_nl AS event
      WHERE event.site_page_hk = hub.site_page_hk
        AND event.page_state_id IS NOT NULL
    )
  )
UNION ALL
SELECT 'business_item_details_s', hub.business_item_hk
FROM business.business_item_h AS hub
LEFT JOIN (
  SELECT business_item_hk, count(*) FILTER (WHERE load_end_date IS NULL) AS open_rows FROM business.business_item_details_s GROUP BY business_item_hk
) AS satellite ON satellite.business_item_hk = hub.business_item_hk
WHERE satellite.open_rows IS DISTINCT FROM 1
