-- The visitors noted for pages and the items counted for visitors equal a recomputation from the events.
SELECT 'site_page_visitors' AS relation, coalesce(uuid_send(noted.page_visitor_key), expected.page_visitor) AS offending_key
FROM business.site_page_visitors AS noted
FULL JOIN (
  SELECT DISTINCT substring(sha256(site_page_hk || site_visitor_hk) FROM 1 FOR 16) AS page_visitor
  FROM business.site_event_nl
  WHERE event_type = 'page_view' AND page_state_id IS NOT NULL
) AS expected ON expected.page_visitor = uuid_send(noted.page_visitor_key)
WHERE noted.page_visitor_key IS NULL OR expected.page_visitor IS NULL
UNION ALL
SELECT 'visitor_item_acc', coalesce(acc.site_visitor_hk, expected.site_visitor_hk)
FROM business.visitor_item_acc AS acc
FULL JOIN (
  SELECT event.site_visitor_hk, link.business_item_hk, count(*) AS interactions
  FROM business.event_business_item_nl AS link
  JOIN business.site_event_nl AS event ON event.site_event_hk = link.site_event_hk
  GROUP BY event.site_visitor_hk, link.business_item_hk
) AS expected ON expected.site_visitor_hk = acc.site_visitor_hk AND expected.business_item_hk = acc.business_item_hk
WHERE acc.interactions IS DISTINCT FROM expected.interactions
