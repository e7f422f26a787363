-- When the events of a visitor arrived that are in the vault, and their ids. $1 tenant key, $2 keys of the visitor.
SELECT event.site_event_bk AS event_id, event.load_date
FROM business.session_slice_visitor_l AS link
JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
WHERE link.site_visitor_hk = ANY ($2::bytea[])
  AND link.tenant_hk = $1
  AND event.tenant_hk = $1
ORDER BY event.load_date, event.site_event_hk
