-- What an event brought along bears the event's load date and record source.
SELECT 'event_business_item_nl' AS relation, link.site_event_hk AS offending_key
FROM business.event_business_item_nl AS link
JOIN business.site_event_nl AS event ON event.site_event_hk = link.site_event_hk
WHERE event.load_date <> link.load_date OR event.record_source <> link.record_source
UNION ALL
SELECT 'history', change.site_event_hk
FROM (
  SELECT site_event_hk, load_date, record_source FROM business.site_visitor_history
  UNION ALL
  SELECT site_event_hk, load_date, record_source FROM business.site_page_history
  UNION ALL
  SELECT site_event_hk, load_date, record_source FROM business.business_item_history
) AS change
JOIN business.site_event_nl AS event ON event.site_event_hk = change.site_event_hk
WHERE event.load_date <> change.load_date OR event.record_source <> change.record_source
UNION ALL
SELECT 'site_event_details_s', hub.site_event_hk
FROM business.site_event_h AS hub
JOIN business.event_session_l AS session ON session.site_event_hk = hub.site_event_hk
JOIN business.event_page_l AS page ON page.site_event_hk = hub.site_event_hk
JOIN business.site_event_details_s AS details ON details.site_event_hk = hub.site_event_hk
WHERE (session.load_date, session.record_source) IS DISTINCT FROM (hub.load_date, hub.record_source)
   OR (page.load_date, page.record_source) IS DISTINCT FROM (hub.load_date, hub.record_source)
   OR (details.load_date, details.record_source) IS DISTINCT FROM (hub.load_date, hub.record_source)
