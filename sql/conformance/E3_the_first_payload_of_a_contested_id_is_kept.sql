-- Where a second payload came under a known id and was refused, the first is in the raw layer or in the vault, or retention took it out of both.
SELECT 'quarantined_events' AS relation, uuid_send(refused.event_id) AS offending_key
FROM staging.quarantined_events AS refused
LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = refused.tenant_id
WHERE refused.reason_code = 'id_conflict'
  AND NOT EXISTS (
    SELECT 1
    FROM business.site_event_nl AS event
    WHERE event.tenant_hk = tenant.tenant_hk
      AND event.site_event_bk = refused.event_id
  )
  AND NOT EXISTS (
    SELECT 1
    FROM raw.site_tracking_requests_r AS request
    CROSS JOIN LATERAL unnest(request.event_ids) AS landed (event_id)
    WHERE request.tenant_id = refused.tenant_id
      AND landed.event_id = refused.event_id
  )
  AND NOT EXISTS (
    SELECT 1
    FROM raw.event_registry AS known
    JOIN auth.retention_progress AS from_raw
      ON from_raw.tenant_hk = tenant.tenant_hk
     AND from_raw.class = 'raw'
     AND from_raw.cut_off > known.received_timestamp
    -- It was in the vault, or had been refused.
    JOIN auth.retention_progress AS from_elsewhere
      ON from_elsewhere.tenant_hk = tenant.tenant_hk
     AND from_elsewhere.class IN ('vault', 'staging')
    WHERE known.event_key = raw.registry_key(refused.tenant_id, refused.event_id)
  )
