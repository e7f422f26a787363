-- Takes staged requests for loading and the ids of their events; another worker's are left to it. $1 request ids.
-- A request whose staged rows are gone (staging is emptied by a crash) comes back with fewer ids than it staged.
WITH claimed AS MATERIALIZED (
  SELECT pending.request_id, pending.received_timestamp, pending.tenant_id, pending.staged_count
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
  claimed.received_timestamp,
  encode(uuid_send(request.trace_id), 'hex') AS trace_id,
  ARRAY(
    SELECT staged.staging_event_id::text
    FROM staging.site_events_staging AS staged
    WHERE staged.staging_event_id >= claimed.request_id * 1024
      AND staged.staging_event_id < (claimed.request_id + 1) * 1024
      AND staged.validation_status IN ('VALID', 'ENRICHED')
    ORDER BY staged.staging_event_id
  ) AS staging_event_ids
FROM claimed
LEFT JOIN raw.site_tracking_requests_r AS request
  ON request.received_timestamp = claimed.received_timestamp
 AND request.request_id = claimed.request_id
ORDER BY claimed.request_id
