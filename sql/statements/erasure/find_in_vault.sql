-- Which events the vault has as their visitors'. $1 raw event ids, $2 tenant keys, $3 event ids, $4 keys of visitors, side by side.
SELECT wanted.raw_event_id
FROM unnest($1::text[], $2::bytea[], $3::uuid[], $4::bytea[]) AS wanted (raw_event_id, tenant_hk, event_id, site_visitor_hk)
JOIN business.session_slice_visitor_l AS link
  ON link.site_visitor_hk = wanted.site_visitor_hk AND link.tenant_hk = wanted.tenant_hk
JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk
 AND event.site_visitor_hk = link.site_visitor_hk
 AND event.site_event_bk = wanted.event_id
