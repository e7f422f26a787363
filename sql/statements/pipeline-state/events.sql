-- The newest events of a tenant with the stage each has reached. $1 tenant id, $2 how many, and where to go on, or nulls: $3 when the
-- last event shown arrived, $4 its raw id.
-- The requests are cut first: unfolding every request to sort its events would read the whole raw layer.
WITH newest AS MATERIALIZED (
  SELECT request.received_timestamp, request.request_id
  FROM raw.site_tracking_requests_r AS request
  WHERE request.tenant_id = $1
    AND ($3::timestamptz IS NULL OR request.received_timestamp <= $3)
  ORDER BY request.received_timestamp DESC, request.request_id DESC
  -- One more: the request of the last event may have none left.
  LIMIT $2::integer + 1
)
SELECT
  dashboard.raw_event_id::text AS raw_event_id,
  dashboard.event_id,
  dashboard.event_type,
  dashboard.page_url,
  dashboard.site_id,
  dashboard.raw_load_date AS received_at,
  dashboard.raw_status,
  dashboard.staging_status,
  dashboard.business_status,
  dashboard.error_message AS error
FROM newest
CROSS JOIN LATERAL (
  SELECT event.*
  FROM staging.pipeline_dashboard AS event
  WHERE event.raw_load_date = newest.received_timestamp
    AND event.raw_event_id / 1024 = newest.request_id
    AND ($3::timestamptz IS NULL OR (event.raw_load_date, event.raw_event_id) < ($3, $4::bigint))
) AS dashboard
ORDER BY dashboard.raw_load_date DESC, dashboard.raw_event_id DESC
LIMIT $2
