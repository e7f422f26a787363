-- Which items other events are about too, and in which states. $1 tenant key, $2 keys of the events that do not count, $3 keys of items.
SELECT DISTINCT link.business_item_hk AS key, link.item_state_id::text AS state_id
FROM business.event_business_item_nl AS link
WHERE link.tenant_hk = $1
  AND link.business_item_hk IN (SELECT unnest($3::bytea[]))
  AND link.site_event_hk NOT IN (SELECT unnest($2::bytea[]))
