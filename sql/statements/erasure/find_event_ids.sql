-- Ids of the events that visitors have in the vault. $1 tenant key, $2 keys of visitors.
SELECT event.site_event_bk AS event_id
FROM business.session_slice_visitor_l AS link
JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
WHERE link.site_visitor_hk = ANY ($2::bytea[])
  AND link.tenant_hk = $1
