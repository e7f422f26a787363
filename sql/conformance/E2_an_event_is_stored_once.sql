-- An event id of a tenant is in the vault once, whatever time or load date a second delivery bore.
SELECT 'site_event_h' AS relation, (array_agg(site_event_hk))[1] AS offending_key
FROM business.site_event_h
GROUP BY tenant_hk, site_event_bk
HAVING count(*) > 1
