-- Where a second payload came under a known id and was refused, the first is in the raw layer or in the vault.
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
