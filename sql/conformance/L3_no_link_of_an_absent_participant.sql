-- The zero key stands in page links only, and only for events without a readable page.
SELECT 'session_visitor_l' AS relation, link_session_visitor_hk AS offending_key
FROM business.session_slice_visitor_l
WHERE '\x0000000000000000000000000000000000000000' IN (session_slice_hk, site_visitor_hk)
UNION ALL
SELECT 'event_business_item_l', site_event_hk
FROM business.event_business_item_nl
WHERE '\x0000000000000000000000000000000000000000' IN (site_event_hk, business_item_hk)
UNION ALL
SELECT 'event_session_l', site_event_hk
FROM business.site_event_nl
WHERE '\x0000000000000000000000000000000000000000' IN (site_event_hk, session_slice_hk, site_visitor_hk)
UNION ALL
SELECT 'event_page_l', site_event_hk
FROM business.site_event_nl
WHERE site_page_hk = '\x0000000000000000000000000000000000000000'
  AND (page_state_id IS NOT NULL OR page_query IS NOT NULL OR event_type = 'page_view' AND page_url IS NULL)
