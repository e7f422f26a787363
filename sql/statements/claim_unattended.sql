-- Requests that nobody has finished for a while, longest waiting first, marked as rung now.
-- By status, never by a watermark: a request that commits late would be passed over for ever.
-- A request whose staged rows are gone (staging is emptied by a crash) goes back to be staged.
-- $1 seconds since the last ring, $2 how many at the most.
WITH waiting AS MATERIALIZED (
  SELECT pending.request_id
  FROM raw.pending_requests AS pending
  WHERE pending.rung_at < CURRENT_TIMESTAMP - make_interval(secs => $1)
  ORDER BY pending.rung_at
  LIMIT $2
  FOR UPDATE SKIP LOCKED
)
UPDATE raw.pending_requests AS pending
SET
  rung_at = CURRENT_TIMESTAMP,
  attempts = pending.attempts + 1,
  stage = CASE
    WHEN EXISTS (
      SELECT 1
      FROM staging.site_events_staging AS staged
      WHERE staged.staging_event_id >= pending.request_id * 1024
        AND staged.staging_event_id < (pending.request_id + 1) * 1024
    ) THEN pending.stage
    ELSE 'LANDED'
  END
FROM waiting
WHERE pending.request_id = waiting.request_id
RETURNING pending.request_id::text AS request_id, pending.tenant_id, pending.event_count, pending.stage
