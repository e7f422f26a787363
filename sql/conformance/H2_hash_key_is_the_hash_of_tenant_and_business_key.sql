-- Tenant and business key are unique together, and hashing them again gives the hub's hash key.
WITH hub AS MATERIALIZED (
  SELECT 'session_slice_h' AS relation, session_slice_hk AS hash_key, session_slice_bk::text AS business_key, tenant_hk
  FROM business.session_slice_h
  UNION ALL
  SELECT 'site_visitor_h', site_visitor_hk, site_visitor_bk, tenant_hk FROM business.site_visitor_h
  UNION ALL
  SELECT 'site_page_h', site_page_hk, site_page_bk, tenant_hk
  FROM business.site_page_h
  WHERE site_page_hk <> '\x0000000000000000000000000000000000000000'
  UNION ALL
  SELECT 'business_item_h', business_item_hk, business_item_bk, tenant_hk FROM business.business_item_h
)
SELECT hub.relation, hub.hash_key AS offending_key
FROM hub
LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = hub.tenant_hk
WHERE hub.hash_key IS DISTINCT FROM util.hash_key(tenant.tenant_bk, hub.business_key)
UNION ALL
SELECT hub.relation, (array_agg(hub.hash_key))[1]
FROM hub
GROUP BY hub.relation, hub.tenant_hk, hub.business_key
HAVING count(*) > 1
UNION ALL
-- The first six bytes of an event's key are its time, the rest is the start of the hash.
SELECT 'site_event_h', event.site_event_hk
FROM business.site_event_nl AS event
LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = event.tenant_hk
WHERE substring(event.site_event_hk FROM 7)
    IS DISTINCT FROM substring(util.hash_key(tenant.tenant_bk, event.site_event_bk::text) FROM 1 FOR 14)
   OR util.event_time(event.site_event_hk) IS DISTINCT FROM event.event_timestamp
