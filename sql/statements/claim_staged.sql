-- Takes staged requests for loading and the ids of their events; another worker's are left to it. $1 request ids.
-- A request whose staged rows are gone (staging is emptied by a crash) comes back with fewer ids than it staged.
WITH claimed AS MATERIALIZED (
  SELECT pending.request_id, pending.tenant_id, pending.staged_count
  FROM raw.pending_requests AS pending
  WHERE pending.request_id = ANY ($1::bigint[])
    AND pending.stage = 'STAGED'
  ORDER BY pending.request_id
  FOR UPDATE SKIP LOCKED
)
SELECT
  claimed.request_id::text AS request_id,
  claimed.tenant_id,
  claimed.staged_count,
  ARRAY(
    SELECT staged.staging_event_id::text
    FROM staging.site_events_staging AS staged
    WHERE staged.staging_event_id >= claimed.request_id * 1024
      AND staged.staging_event_id < (claimed.request_id + 1) * 1024
      AND staged.validation_status IN ('VALID', 'ENRICHED')
    ORDER BY staged.staging_event_id
  ) AS staging_event_ids
FROM claimed
ORDER BY claimed.request_id
