-- Whatever an event, a link or a chain of half hours brings together is of one tenant.
SELECT 'session_slice_visitor_l' AS relation, link.link_session_visitor_hk AS offending_key
FROM business.session_slice_visitor_l AS link
JOIN business.session_slice_h AS slice ON slice.session_slice_hk = link.session_slice_hk
JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = link.site_visitor_hk
WHERE slice.tenant_hk <> visitor.tenant_hk
UNION ALL
SELECT 'site_event_nl', event.site_event_hk
FROM business.site_event_nl AS event
JOIN business.session_slice_h AS slice ON slice.session_slice_hk = event.session_slice_hk
JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = event.site_visitor_hk
JOIN business.site_page_h AS page ON page.site_page_hk = event.site_page_hk
WHERE slice.tenant_hk <> visitor.tenant_hk
   OR (page.tenant_hk <> visitor.tenant_hk AND page.site_page_hk <> '\x0000000000000000000000000000000000000000')
UNION ALL
SELECT 'event_business_item_nl', link.site_event_hk
FROM business.event_business_item_nl AS link
JOIN business.site_event_nl AS event ON event.site_event_hk = link.site_event_hk
JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = event.site_visitor_hk
JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
WHERE item.tenant_hk <> visitor.tenant_hk
UNION ALL
SELECT 'derived_session_slices', part.session_slice_hk
FROM business.derived_session_slices AS part
JOIN business.session_slice_h AS slice ON slice.session_slice_hk = part.session_slice_hk
JOIN business.session_slice_h AS session ON session.session_slice_hk = part.site_session_hk
JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = part.site_visitor_hk
WHERE slice.tenant_hk <> session.tenant_hk OR slice.tenant_hk <> visitor.tenant_hk
