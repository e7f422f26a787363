-- An event without its keys has no row, and neither has one that staging or loading refused.
SELECT 'site_event_h' AS relation, site_event_hk AS offending_key
FROM business.site_event_nl
WHERE site_event_hk IS NULL OR site_event_bk IS NULL OR tenant_hk IS NULL OR session_slice_hk IS NULL
   OR site_visitor_hk IS NULL OR site_page_hk IS NULL OR visitor_state_id IS NULL OR traffic_source_id IS NULL
UNION ALL
SELECT 'site_event_h', event.site_event_hk
FROM staging.quarantined_events AS refused
JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = refused.tenant_id
JOIN business.site_event_nl AS event ON event.tenant_hk = tenant.tenant_hk AND event.site_event_bk = refused.event_id
WHERE refused.raw_event_id IS NOT NULL
