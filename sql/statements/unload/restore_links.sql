-- Writes links of slices to visitors anew, as the first event that is left of each brings them.
-- $1 tenant key, $2 keys of the links, $3 of their slices, $4 of their visitors.
INSERT INTO business.session_slice_visitor_l (
  link_session_visitor_hk, session_slice_hk, site_visitor_hk, tenant_hk, load_date, record_source
)
SELECT DISTINCT ON (link.key) link.key, link.slice_hk, link.visitor_hk, $1, event.load_date, event.record_source
FROM unnest($2::bytea[], $3::bytea[], $4::bytea[]) AS link (key, slice_hk, visitor_hk)
JOIN business.site_event_nl AS event ON event.session_slice_hk = link.slice_hk AND event.site_visitor_hk = link.visitor_hk
ORDER BY link.key, event.load_date, event.record_source, event.site_event_hk
