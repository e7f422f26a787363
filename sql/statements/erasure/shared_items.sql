-- Which items others' events are about too, and in which states. $1 tenant key, $2 keys of the visitors who do not count, $3 keys of items.
SELECT DISTINCT link.business_item_hk AS key, link.item_state_id::text AS state_id
FROM business.event_business_item_nl AS link
WHERE link.tenant_hk = $1
  AND link.business_item_hk IN (SELECT unnest($3::bytea[]))
  AND link.site_event_hk NOT IN (
    SELECT event.site_event_hk
    FROM business.session_slice_visitor_l AS visit
    JOIN business.site_event_nl AS event
      ON event.session_slice_hk = visit.session_slice_hk AND event.site_visitor_hk = visit.site_visitor_hk
    WHERE visit.site_visitor_hk = ANY ($2::bytea[])
      AND visit.tenant_hk = $1
  )
