-- Every event has its satellite row, its session and page links, its session's visitor, and the states it names.
SELECT 'site_event_h' AS relation, hub.site_event_hk AS offending_key
FROM business.site_event_h AS hub
LEFT JOIN business.site_event_details_s AS details ON details.site_event_hk = hub.site_event_hk
LEFT JOIN business.event_session_l AS session ON session.site_event_hk = hub.site_event_hk
LEFT JOIN business.event_page_l AS page ON page.site_event_hk = hub.site_event_hk
WHERE details.site_event_hk IS NULL OR session.site_event_hk IS NULL OR page.site_event_hk IS NULL
UNION ALL
SELECT 'site_event_nl', event.site_event_hk
FROM business.site_event_nl AS event
LEFT JOIN business.session_slice_visitor_l AS link
  ON link.session_slice_hk = event.session_slice_hk AND link.site_visitor_hk = event.site_visitor_hk
LEFT JOIN business.site_visitor_state_r AS visitor
  ON visitor.site_visitor_hk = event.site_visitor_hk AND visitor.visitor_state_id = event.visitor_state_id
LEFT JOIN business.site_page_state_r AS page
  ON page.site_page_hk = event.site_page_hk AND page.page_state_id = event.page_state_id
LEFT JOIN business.traffic_source_r AS source ON source.traffic_source_id = event.traffic_source_id
WHERE link.link_session_visitor_hk IS NULL
   OR visitor.site_visitor_hk IS NULL
   OR (page.site_page_hk IS NULL AND event.page_state_id IS NOT NULL)
   OR source.traffic_source_id IS NULL
UNION ALL
SELECT 'event_business_item_nl', link.site_event_hk
FROM business.event_business_item_nl AS link
LEFT JOIN business.business_item_state_r AS state
  ON state.business_item_hk = link.business_item_hk AND state.item_state_id = link.item_state_id
WHERE state.business_item_hk IS NULL
UNION ALL
-- A session that no client named is known by its half hours; no name of a client's looks like theirs.
SELECT 'derived_session_slices', slice.session_slice_hk
FROM business.session_slice_visitor_l AS link
JOIN business.session_slice_h AS slice ON slice.session_slice_hk = link.session_slice_hk
JOIN business.site_visitor_h AS visitor ON visitor.site_visitor_hk = link.site_visitor_hk
LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = slice.session_slice_hk
WHERE part.session_slice_hk IS NULL
  AND slice.session_slice_bk ~ '^\d{4}-\d\d-\d\dT\d\d:[03]0Z '
  AND substring(slice.session_slice_bk FROM 19) = visitor.site_visitor_bk
