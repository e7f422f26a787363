-- Deletes the links of events to items, and returns them. $1 tenant key, $2 keys of events.
DELETE FROM business.event_business_item_nl AS link
WHERE link.site_event_hk = ANY ($2::bytea[])
  AND link.tenant_hk = $1
RETURNING link.site_event_hk, link.business_item_hk, link.item_state_id::text AS item_state_id
