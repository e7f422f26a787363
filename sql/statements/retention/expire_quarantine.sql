-- Deletes refused events that their tenant no longer keeps. Those that the raw layer has are tallied: from then on nothing else says why
-- they are not in the vault. $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT quarantined.quarantine_id
  FROM staging.expired_quarantine($1, $2) AS quarantined
  LIMIT $3
),
deleted AS (
  DELETE FROM staging.quarantined_events AS quarantined
  USING expired
  WHERE quarantined.quarantine_id = expired.quarantine_id
  RETURNING quarantined.raw_event_id, (quarantined.received_timestamp AT TIME ZONE 'UTC')::date AS received_day
),
tallied AS (
  INSERT INTO raw.expired_tally AS tally (tenant_id, received_day, kind, events)
  SELECT $1, deleted.received_day, 'quarantined', count(*)
  FROM deleted
  WHERE deleted.raw_event_id IS NOT NULL
  GROUP BY deleted.received_day
  ORDER BY deleted.received_day
  ON CONFLICT (tenant_id, received_day, kind) DO UPDATE SET events = tally.events + EXCLUDED.events
)
SELECT count(*)::integer AS rows FROM deleted
