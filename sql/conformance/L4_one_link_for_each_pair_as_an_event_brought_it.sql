-- A pair of hub keys has one link row, whose load date and record source are still those of an event that bears the pair.
SELECT 'session_slice_visitor_l' AS relation, (array_agg(link_session_visitor_hk))[1] AS offending_key
FROM business.session_slice_visitor_l
GROUP BY session_slice_hk, site_visitor_hk
HAVING count(*) > 1
UNION ALL
SELECT 'event_business_item_nl', site_event_hk
FROM business.event_business_item_nl
GROUP BY site_event_hk, business_item_hk
HAVING count(*) > 1
UNION ALL
SELECT 'session_slice_visitor_l', link.link_session_visitor_hk
FROM business.session_slice_visitor_l AS link
WHERE NOT EXISTS (
  SELECT 1
  FROM business.site_event_nl AS event
  WHERE event.session_slice_hk = link.session_slice_hk
    AND event.site_visitor_hk = link.site_visitor_hk
    AND event.load_date = link.load_date
    AND event.record_source = link.record_source
)
