-- Deletes quarantined events and the staged rows that say why. $1 ids in quarantine.
WITH gone AS (
  DELETE FROM staging.quarantined_events AS quarantine
  WHERE quarantine.quarantine_id = ANY ($1::bigint[])
  RETURNING quarantine.raw_event_id
)
DELETE FROM staging.site_events_staging AS staged
USING gone
WHERE staged.staging_event_id = gone.raw_event_id
