-- Sends staged requests back to be staged again; those in a loader's hands are left to it. $1 request ids.
WITH waiting AS MATERIALIZED (
  SELECT pending.request_id
  FROM raw.pending_requests AS pending
  WHERE pending.request_id = ANY ($1::bigint[])
    AND pending.stage = 'STAGED'
  ORDER BY pending.request_id
  FOR UPDATE SKIP LOCKED
),
unstaged AS (
  DELETE FROM staging.site_events_staging AS staged
  USING waiting
  WHERE staged.staging_event_id >= waiting.request_id * 1024
    AND staged.staging_event_id < (waiting.request_id + 1) * 1024
)
UPDATE raw.pending_requests AS pending
SET stage = 'LANDED', staged_count = NULL
FROM waiting
WHERE pending.request_id = waiting.request_id
RETURNING pending.request_id::text AS request_id
