-- Marks requests to be staged and loaded again, and makes room for the new verdict on their events.
-- $1 request ids, $2 when each arrived, $3 raw events whose quarantine ends, $4 seconds that the sweeper leaves the marks alone.
WITH request AS MATERIALIZED (
  SELECT request.request_id, request.received_timestamp, request.tenant_id, request.event_count
  FROM unnest($1::bigint[], $2::timestamptz[]) AS wanted (request_id, received_timestamp)
  JOIN raw.site_tracking_requests_r AS request
    ON request.received_timestamp = wanted.received_timestamp
   AND request.request_id = wanted.request_id
),
released AS (
  DELETE FROM staging.quarantined_events AS quarantine
  WHERE quarantine.raw_event_id = ANY ($3::bigint[])
),
-- The row that says why an event was refused would stand in the way of the one that goes on.
forgotten AS (
  DELETE FROM staging.site_events_staging AS staged
  USING request
  WHERE staged.staging_event_id >= request.request_id * 1024
    AND staged.staging_event_id < (request.request_id + 1) * 1024
    AND staged.validation_status = 'INVALID'
)
INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
SELECT request_id, received_timestamp, tenant_id, event_count, CURRENT_TIMESTAMP + make_interval(secs => $4)
FROM request
ORDER BY request_id
ON CONFLICT (request_id) DO NOTHING
