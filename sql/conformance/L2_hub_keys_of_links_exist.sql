-- Every hub key of a link exists in its hub.
SELECT 'session_visitor_l' AS relation, link.link_session_visitor_hk AS offending_key
FROM business.session_visitor_l AS link
LEFT JOIN business.site_session_h AS session ON session.site_session_hk = link.site_session_hk
LEFT JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = link.site_visitor_hk
WHERE session.site_session_hk IS NULL OR visitor.site_visitor_hk IS NULL
UNION ALL
SELECT 'session_slice_visitor_l', link.link_session_visitor_hk
FROM business.session_slice_visitor_l AS link
LEFT JOIN business.session_slice_h AS slice ON slice.session_slice_hk = link.session_slice_hk
LEFT JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = link.site_visitor_hk
WHERE slice.session_slice_hk IS NULL OR visitor.site_visitor_hk IS NULL
UNION ALL
SELECT 'event_session_l', link.site_event_hk
FROM business.event_session_l AS link
LEFT JOIN business.site_session_h AS session ON session.site_session_hk = link.site_session_hk
WHERE session.site_session_hk IS NULL
UNION ALL
SELECT 'event_page_l', link.site_event_hk
FROM business.event_page_l AS link
LEFT JOIN business.site_page_h AS page ON page.site_page_hk = link.site_page_hk
WHERE page.site_page_hk IS NULL
UNION ALL
SELECT 'event_business_item_l', link.site_event_hk
FROM business.event_business_item_l AS link
LEFT JOIN business.site_event_h AS event ON event.site_event_hk = link.site_event_hk
LEFT JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
WHERE event.site_event_hk IS NULL OR item.business_item_hk IS NULL
