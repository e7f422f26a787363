-- How many events visitors have in the vault. $1 tenant key, $2 keys of visitors.
SELECT link.site_visitor_hk, count(*)::integer AS events
FROM business.session_slice_visitor_l AS link
JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
WHERE link.site_visitor_hk = ANY ($2::bytea[])
  AND link.tenant_hk = $1
GROUP BY link.site_visitor_hk
ORDER BY link.site_visitor_hk
