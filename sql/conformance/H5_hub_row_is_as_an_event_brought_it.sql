-- Load date and record source of a hub row are still those of an event that bears the key.
SELECT 'session_slice_h' AS relation, hub.session_slice_hk AS offending_key
FROM business.session_slice_h AS hub
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_event_nl AS event
  WHERE event.session_slice_hk = hub.session_slice_hk
    AND event.load_date = hub.load_date
    AND event.record_source = hub.record_source
)
UNION ALL
SELECT 'site_visitor_h', hub.site_visitor_hk
FROM business.site_visitor_h AS hub
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_event_nl AS event
  WHERE event.site_visitor_hk = hub.site_visitor_hk
    AND event.load_date = hub.load_date
    AND event.record_source = hub.record_source
)
UNION ALL
SELECT 'site_page_h', hub.site_page_hk
FROM business.site_page_h AS hub
WHERE hub.site_page_hk <> '\x0000000000000000000000000000000000000000'
  AND NOT EXISTS (
    SELECT 1
    FROM business.site_event_nl AS event
    WHERE event.site_page_hk = hub.site_page_hk
      AND event.load_date = hub.load_date
      AND event.record_source = hub.record_source
  )
UNION ALL
SELECT 'business_item_h', hub.business_item_hk
FROM business.business_item_h AS hub
WHERE NOT EXISTS (
  SELECT 1
  FROM business.event_business_item_nl AS link
  WHERE link.business_item_hk = hub.business_item_hk
    AND link.load_date = hub.load_date
    AND link.record_source = hub.record_source
)
