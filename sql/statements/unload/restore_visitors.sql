-- Writes hub rows of visitors anew, as the first event that is left of them brings them. $1 tenant key, $2 keys, $3 business keys.
INSERT INTO business.site_visitor_h (site_visitor_hk, site_visitor_bk, tenant_hk, load_date, record_source)
SELECT DISTINCT ON (hub.key) hub.key, hub.business_key, $1, event.load_date, event.record_source
FROM unnest($2::bytea[], $3::text[]) AS hub (key, business_key)
JOIN business.session_slice_visitor_l AS link ON link.site_visitor_hk = hub.key
JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
ORDER BY hub.key, event.load_date, event.record_source, event.site_event_hk
