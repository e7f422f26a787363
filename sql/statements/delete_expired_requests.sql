-- Deletes requests of the raw layer that are older than their tenant keeps them and are in the vault, every event of them.
-- Ids stay registered: a retry is still known. $1 how many at the most.
WITH expired AS MATERIALIZED (
  SELECT request.received_timestamp, request.request_id
  FROM auth.tenant_profile_s AS profile
  JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = profile.tenant_hk
  JOIN raw.site_tracking_requests_r AS request ON request.tenant_id = tenant.tenant_bk
  CROSS JOIN LATERAL (
    SELECT substring(profile.configuration #>> '{site_tracking,data_retention_days}' FROM '^[1-9][0-9]{0,4}$')::integer AS days
  ) AS kept
  WHERE profile.load_end_date IS NULL
    AND kept.days IS NOT NULL
    AND request.received_timestamp < CURRENT_TIMESTAMP - make_interval(days => kept.days)
    AND NOT EXISTS (SELECT FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
    AND NOT EXISTS (
      SELECT
      FROM staging.quarantined_events AS quarantined
      WHERE quarantined.raw_event_id >= request.request_id * 1024
        AND quarantined.raw_event_id < (request.request_id + 1) * 1024
    )
  LIMIT $1
)
DELETE FROM raw.site_tracking_requests_r AS request
USING expired
WHERE request.received_timestamp = expired.received_timestamp
  AND request.request_id = expired.request_id
