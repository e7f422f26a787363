-- When staged events arrived. $1 staging event ids.
SELECT raw_event_id::text AS raw_event_id, received_timestamp
FROM staging.site_events_staging
WHERE staging_event_id = ANY ($1::bigint[])
