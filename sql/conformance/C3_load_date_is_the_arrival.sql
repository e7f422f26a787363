-- Load date and record source of an event are those of its raw row, so a replay gives the same vault.
SELECT 'site_event_nl' AS relation, event.site_event_hk AS offending_key
FROM raw.site_tracking_requests_r AS request
CROSS JOIN LATERAL unnest(request.event_ids) AS landed (event_id)
JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = request.tenant_id
JOIN business.site_event_nl AS event ON event.tenant_hk = tenant.tenant_hk AND event.site_event_bk = landed.event_id
WHERE event.load_date <> request.received_timestamp OR event.record_source <> request.record_source
