-- Marks every request of tenants to be staged and loaded anew, and forgets what staging and loading said of their events.
-- $1 tenant ids, $2 tenant keys, $3 seconds that the sweeper leaves the marks alone.
WITH waiting AS MATERIALIZED (
  -- What was staged and lies in no worker's hands is staged again, with the rules of today.
  SELECT pending.request_id
  FROM raw.pending_requests AS pending
  WHERE pending.tenant_id = ANY ($1::text[])
    AND pending.stage = 'STAGED'
  ORDER BY pending.request_id
  FOR UPDATE SKIP LOCKED
),
restaged AS (
  UPDATE raw.pending_requests AS pending
  SET stage = 'LANDED', staged_count = NULL, rung_at = CURRENT_TIMESTAMP + make_interval(secs => $3)
  FROM waiting
  WHERE pending.request_id = waiting.request_id
),
unstaged AS (
  DELETE FROM staging.site_events_staging AS staged
  USING waiting
  WHERE staged.staging_event_id >= waiting.request_id * 1024
    AND staged.staging_event_id < (waiting.request_id + 1) * 1024
),
forgotten AS (
  DELETE FROM staging.site_events_staging AS staged
  WHERE staged.tenant_hk = ANY ($2::bytea[])
    AND staged.validation_status = 'INVALID'
    AND NOT EXISTS (SELECT 1 FROM waiting WHERE waiting.request_id = staged.staging_event_id / 1024)
),
released AS (
  DELETE FROM staging.quarantined_events AS quarantine
  WHERE quarantine.tenant_id = ANY ($1::text[])
    AND quarantine.raw_event_id IS NOT NULL
),
-- What had expired comes back as well, and goes again with the next run of retention.
unexpired AS (
  DELETE FROM raw.expired_tally AS tally WHERE tally.tenant_id = ANY ($1::text[])
),
uncompleted AS (
  UPDATE auth.retention_progress AS progress
  SET completed_cut_off = NULL
  WHERE progress.tenant_hk = ANY ($2::bytea[])
    AND progress.class IN ('vault', 'staging')
),
-- Days that were settled are counted again, and metrics of what is loaded now are calculated.
reopened AS (
  UPDATE raw.ledger_days AS ledger
  SET is_stale = true
  WHERE ledger.tenant_id = ANY ($1::text[])
    AND ledger.settled_at IS NOT NULL
    AND NOT ledger.is_stale
),
rewound AS (
  UPDATE analytics.metrics_progress AS progress
  SET noted_until = earliest.received_timestamp
  FROM (
    SELECT min(request.received_timestamp) AS received_timestamp
    FROM raw.site_tracking_requests_r AS request
    WHERE request.tenant_id = ANY ($1::text[])
  ) AS earliest
  WHERE progress.noted_until > earliest.received_timestamp
)
INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
SELECT
  request.request_id, request.received_timestamp, request.tenant_id, request.event_count,
  CURRENT_TIMESTAMP + make_interval(secs => $3)
FROM raw.site_tracking_requests_r AS request
WHERE request.tenant_id = ANY ($1::text[])
  -- A mark that stands is left alone: its worker may be waiting for this very transaction.
  AND NOT EXISTS (SELECT 1 FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
ORDER BY request.request_id
ON CONFLICT (request_id) DO NOTHING
