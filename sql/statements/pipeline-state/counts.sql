-- Where a tenant's events stand. $1 tenant id, $2 tenant key.
-- Of a request that is staged only those events wait that are not in quarantine already.
-- What the vault holds is what its accumulators have counted: reading every event would take as long as there are events.
SELECT
  (
    SELECT jsonb_build_object(
      'events', coalesce(sum(request.event_count), 0),
      'latest', to_char(max(request.received_timestamp) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    )
    FROM raw.site_tracking_requests_r AS request
    WHERE request.tenant_id = $1
  ) AS raw,
  (
    SELECT jsonb_build_object(
      'events', coalesce(sum(coalesce(pending.staged_count, pending.event_count)), 0),
      'requests', count(*),
      'oldest_seconds', extract(epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp)),
      'oldest', to_char(min(pending.received_timestamp) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'landed_seconds', extract(
        epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp) FILTER (WHERE pending.stage = 'LANDED')
      ),
      'staged_events', coalesce(sum(pending.staged_count) FILTER (WHERE pending.stage = 'STAGED'), 0),
      'staged_seconds', extract(
        epoch FROM CURRENT_TIMESTAMP - min(pending.received_timestamp) FILTER (WHERE pending.stage = 'STAGED')
      )
    )
    FROM raw.pending_requests AS pending
    WHERE pending.tenant_id = $1
  ) AS pending,
  (
    SELECT coalesce(sum(acc.total_events), 0)::text
    FROM business.site_visitor_acc AS acc
    WHERE acc.tenant_hk = $2
  ) AS vault_events,
  (
    SELECT count(*)::text
    FROM staging.quarantined_events AS quarantine
    WHERE quarantine.tenant_id = $1
  ) AS quarantined_events
