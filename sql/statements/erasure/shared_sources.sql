-- From which sources others came too. $1 tenant key, $2 keys of the visitors who do not count, $3 ids of sources.
SELECT DISTINCT event.traffic_source_id::text AS id
FROM business.site_event_nl AS event
WHERE event.tenant_hk = $1
  AND event.traffic_source_id IN (SELECT unnest($3::bigint[]))
  AND event.site_visitor_hk NOT IN (SELECT unnest($2::bytea[]))
