-- The key of every link is unique and not null, and so are the keys of its hubs.
WITH link AS (
  SELECT 'session_visitor_l' AS relation, link_session_visitor_hk AS link_hk, site_session_hk AS one_hk, site_visitor_hk AS other_hk
  FROM business.session_visitor_l
  UNION ALL
  SELECT 'session_slice_visitor_l', link_session_visitor_hk, session_slice_hk, site_visitor_hk
  FROM business.session_slice_visitor_l
  UNION ALL
  SELECT 'event_session_l', link_event_session_hk, site_event_hk, site_session_hk FROM business.event_session_l
  UNION ALL
  SELECT 'event_page_l', link_event_page_hk, site_event_hk, site_page_hk FROM business.event_page_l
  UNION ALL
  SELECT 'event_business_item_l', link_event_business_item_hk, site_event_hk, business_item_hk
  FROM business.event_business_item_l
)
SELECT relation, link_hk AS offending_key
FROM link
GROUP BY relation, link_hk
HAVING count(*) > 1 OR link_hk IS NULL OR count(one_hk) < count(*) OR count(other_hk) < count(*)
