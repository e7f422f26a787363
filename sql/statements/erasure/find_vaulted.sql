-- Which events are in the vault. $1 tenant key, $2 when they arrived, $3 their ids.
SELECT event.site_event_bk AS event_id
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.load_date = ANY ($2::timestamptz[])
  AND event.site_event_bk = ANY ($3::uuid[])
