-- Counts how often visitors dealt with items. $1 staging ids of new events.
INSERT INTO business.visitor_item_acc AS acc (site_visitor_hk, business_item_hk, tenant_hk, interactions)
SELECT s.site_visitor_hk, decode(item.business_item_hk, 'hex'), s.tenant_hk, count(*)
FROM staging.site_events_staging AS s
CROSS JOIN LATERAL jsonb_to_recordset(s.business_items) AS item (business_item_hk text)
WHERE s.staging_event_id = ANY ($1::bigint[])
  AND s.business_items IS NOT NULL
GROUP BY s.site_visitor_hk, item.business_item_hk, s.tenant_hk
ORDER BY s.site_visitor_hk, item.business_item_hk
ON CONFLICT (site_visitor_hk, business_item_hk) DO UPDATE SET interactions = acc.interactions + EXCLUDED.interactions
