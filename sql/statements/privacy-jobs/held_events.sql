-- How many events each of some visitors has in the vault, and a SHA-256 over their keys in order. $1 tenant key, $2 keys of visitors and
-- $3 whose they are, by number.
SELECT
  asked.position,
  count(event.site_event_hk)::integer AS events,
  encode(
    sha256(convert_to(coalesce(string_agg(encode(event.site_event_hk, 'hex'), E'\n' ORDER BY event.site_event_hk), ''), 'UTF8')), 'hex'
  ) AS digest
FROM unnest($2::bytea[], $3::integer[]) AS asked (site_visitor_hk, position)
LEFT JOIN business.session_slice_visitor_l AS link
  ON link.site_visitor_hk = asked.site_visitor_hk AND link.tenant_hk = $1
LEFT JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
GROUP BY asked.position
ORDER BY asked.position
