-- Every event of the raw layer that is neither on its way nor in quarantine is in the vault, however late it came.
SELECT 'site_event_h' AS relation, uuid_send(landed.event_id) AS offending_key
FROM raw.site_tracking_requests_r AS request
CROSS JOIN LATERAL unnest(request.event_ids) WITH ORDINALITY AS landed (event_id, place)
LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = request.tenant_id
WHERE NOT EXISTS (SELECT 1 FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
  AND NOT EXISTS (
    SELECT 1
    FROM staging.quarantined_events AS refused
    WHERE refused.raw_event_id = request.request_id * 1024 + landed.place - 1
  )
  AND NOT EXISTS (
    SELECT 1
    FROM business.site_event_nl AS event
    WHERE event.tenant_hk = tenant.tenant_hk
      AND event.site_event_bk = landed.event_id
  )
