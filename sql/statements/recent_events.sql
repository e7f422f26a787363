-- The newest events of a tenant with the stage each has reached. $1 tenant id, $2 how many.
-- The newest requests are cut first: unfolding every request to sort its events would read the whole raw layer.
WITH newest AS MATERIALIZED (
  SELECT request.received_timestamp, request.request_id
  FROM raw.site_tracking_requests_r AS request
  WHERE request.tenant_id = $1
  ORDER BY request.received_timestamp DESC, request.request_id DESC
  LIMIT $2
)
SELECT
  dashboard.event_id,
  dashboard.event_type,
  dashboard.raw_load_date AS received_at,
  dashboard.business_status AS stage
FROM newest
JOIN staging.pipeline_dashboard AS dashboard
  ON dashboard.raw_load_date = newest.received_timestamp
 AND dashboard.raw_event_id / 1024 = newest.request_id
ORDER BY dashboard.raw_load_date DESC, dashboard.raw_event_id DESC
LIMIT $2
