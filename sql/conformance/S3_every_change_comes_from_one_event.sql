-- Every row of a history is what one event of the vault observed, and an event makes one row of a history.
SELECT 'site_visitor_history' AS relation, history.site_visitor_hk AS offending_key
FROM business.site_visitor_history AS history
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_event_nl AS event
  WHERE event.site_event_hk = history.site_event_hk
    AND event.site_visitor_hk = history.site_visitor_hk
    AND event.visitor_state_id = history.visitor_state_id
)
UNION ALL
SELECT 'site_page_history', history.site_page_hk
FROM business.site_page_history AS history
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_event_nl AS event
  WHERE event.site_event_hk = history.site_event_hk
    AND event.site_page_hk = history.site_page_hk
    AND event.page_state_id = history.page_state_id
)
UNION ALL
SELECT 'business_item_history', history.business_item_hk
FROM business.business_item_history AS history
WHERE NOT EXISTS (
  SELECT 1
  FROM business.event_business_item_nl AS link
  WHERE link.site_event_hk = history.site_event_hk
    AND link.business_item_hk = history.business_item_hk
    AND link.item_state_id = history.item_state_id
)
UNION ALL
-- One event makes at most one row in the history of a key, however often its batch is loaded.
SELECT 'site_visitor_history', site_visitor_hk
FROM business.site_visitor_history
GROUP BY site_visitor_hk, site_event_hk
HAVING count(*) > 1
UNION ALL
SELECT 'site_page_history', site_page_hk
FROM business.site_page_history
GROUP BY site_page_hk, site_event_hk
HAVING count(*) > 1
UNION ALL
SELECT 'business_item_history', business_item_hk
FROM business.business_item_history
GROUP BY business_item_hk, site_event_hk
HAVING count(*) > 1
