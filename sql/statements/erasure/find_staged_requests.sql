-- Requests in which events of visitors wait to be loaded. $1 tenant key, $2 keys of visitors.
SELECT DISTINCT (staged.staging_event_id / 1024)::text AS request_id
FROM staging.site_events_staging AS staged
WHERE staged.tenant_hk = $1
  AND staged.site_visitor_hk = ANY ($2::bytea[])
