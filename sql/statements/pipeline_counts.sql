-- Where a tenant's events stand. $1 tenant id, $2 tenant key.
SELECT
  (
    SELECT coalesce(sum(request.event_count), 0)::text
    FROM raw.site_tracking_requests_r AS request
    WHERE request.tenant_id = $1
  ) AS raw_events,
  (
    SELECT jsonb_build_object(
      'events', coalesce(sum(pending.event_count), 0),
      'requests', count(*),
      'oldest_seconds', extract(epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp))
    )
    FROM raw.pending_requests AS pending
    WHERE pending.tenant_id = $1
  ) AS pending,
  (
    SELECT jsonb_build_object(
      'events', coalesce(sum(pending.event_count), 0),
      'oldest_seconds', extract(epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp))
    )
    FROM raw.pending_requests AS pending
    WHERE pending.tenant_id = $1
      AND pending.stage = 'STAGED'
  ) AS staged,
  (SELECT count(*)::text FROM business.site_event_nl AS event WHERE event.tenant_hk = $2) AS vault_events,
  (
    SELECT count(*)::text
    FROM staging.quarantined_events AS quarantine
    WHERE quarantine.tenant_id = $1
  ) AS quarantined_events
