-- Removes staged events that are in the vault. $1 staging event ids.
DELETE FROM staging.site_events_staging WHERE staging_event_id = ANY ($1::bigint[])
