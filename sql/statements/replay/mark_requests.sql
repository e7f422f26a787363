-- Marks requests to be staged and loaded again, and makes room for the new verdict on their events.
-- $1 request ids, $2 when each arrived, $3 raw events whose quarantine ends, $4 seconds that the sweeper leaves the marks alone; of the events
-- among them that had expired $5 tenant ids, $6 when each arrived, $7 what they had expired from.
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
),
-- A request comes back as a whole: what of it has expired goes again with the next run of retention, and is tallied again then.
came_back AS MATERIALIZED (
  SELECT event.tenant_id, (event.received AT TIME ZONE 'UTC')::date AS received_day, event.kind, count(*) AS events
  FROM unnest($5::text[], $6::timestamptz[], $7::text[]) AS event (tenant_id, received, kind)
  GROUP BY event.tenant_id, (event.received AT TIME ZONE 'UTC')::date, event.kind
),
reduced AS (
  UPDATE raw.expired_tally AS tally
  SET events = tally.events - came_back.events
  FROM came_back
  WHERE tally.tenant_id = came_back.tenant_id
    AND tally.received_day = came_back.received_day
    AND tally.kind = came_back.kind
    AND tally.events > came_back.events
),
emptied AS (
  DELETE FROM raw.expired_tally AS tally
  USING came_back
  WHERE tally.tenant_id = came_back.tenant_id
    AND tally.received_day = came_back.received_day
    AND tally.kind = came_back.kind
    AND tally.events <= came_back.events
),
uncompleted AS (
  UPDATE auth.retention_progress AS progress
  SET completed_cut_off = NULL
  FROM auth.tenant_h AS tenant
  WHERE progress.tenant_hk = tenant.tenant_hk
    AND tenant.tenant_bk IN (SELECT request.tenant_id FROM request)
    AND progress.class IN ('vault', 'staging')
    AND progress.completed_cut_off IS NOT NULL
),
-- Days that were settled are counted again, and metrics of what is loaded now are calculated.
reopened AS (
  UPDATE raw.ledger_days AS ledger
  SET is_stale = true
  FROM request
  WHERE ledger.tenant_id = request.tenant_id
    AND ledger.day = (request.received_timestamp AT TIME ZONE 'UTC')::date
    AND ledger.settled_at IS NOT NULL
    AND NOT ledger.is_stale
),
rewound AS (
  UPDATE analytics.metrics_progress AS progress
  SET noted_until = earliest.received_timestamp
  FROM (SELECT min(request.received_timestamp) AS received_timestamp FROM request) AS earliest
  WHERE progress.noted_until > earliest.received_timestamp
)
INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
SELECT request_id, received_timestamp, tenant_id, event_count, CURRENT_TIMESTAMP + make_interval(secs => $4)
FROM request
ORDER BY request_id
ON CONFLICT (request_id) DO NOTHING
