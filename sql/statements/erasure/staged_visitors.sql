-- Ids of a tenant's visitors whose events wait to be loaded. $1 tenant key.
SELECT DISTINCT staged.visitor_id
FROM staging.site_events_staging AS staged
WHERE staged.tenant_hk = $1
  AND staged.visitor_id IS NOT NULL
  AND staged.validation_status <> 'INVALID'
