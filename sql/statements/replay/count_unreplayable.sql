-- Events of the vault that the raw layer no longer has: a rebuild would lose them. $1 tenant keys, or null for all events.
SELECT count(*)::integer AS events
FROM business.site_event_nl AS event
LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk
WHERE ($1::bytea[] IS NULL OR event.tenant_hk = ANY ($1::bytea[]))
  AND NOT EXISTS (
    SELECT 1
    FROM (
      SELECT request.tenant_id, request.received_timestamp, item.event_id
      FROM raw.site_tracking_requests_r AS request
      CROSS JOIN LATERAL unnest(request.event_ids) AS item (event_id)
    ) AS kept
    WHERE kept.tenant_id = tenant.tenant_bk
      AND kept.received_timestamp = event.load_date
      AND kept.event_id = event.site_event_bk
  )
