-- Deletes requests of the raw layer that their tenant no longer keeps. Ids stay registered: a retry is still known.
-- $1 tenant id, $2 cut-off, $3 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT request.received_timestamp, request.request_id
  FROM raw.expired_requests($1, $2) AS request
  LIMIT $3
),
deleted AS (
  DELETE FROM raw.site_tracking_requests_r AS request
  USING expired
  WHERE request.received_timestamp = expired.received_timestamp
    AND request.request_id = expired.request_id
  RETURNING 1
)
SELECT count(*)::integer AS rows FROM deleted
