-- Writes slices anew, as the first event that is left of each brings them. $1 tenant key, $2 keys, $3 business keys.
INSERT INTO business.session_slice_h (session_slice_hk, session_slice_bk, tenant_hk, load_date, record_source)
SELECT DISTINCT ON (hub.key) hub.key, hub.business_key, $1, event.load_date, event.record_source
FROM unnest($2::bytea[], $3::text[]) AS hub (key, business_key)
JOIN business.site_event_nl AS event ON event.session_slice_hk = hub.key
ORDER BY hub.key, event.load_date, event.record_source, event.site_event_hk
