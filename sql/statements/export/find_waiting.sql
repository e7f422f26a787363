-- When the requests of a tenant arrived that are not in the vault yet. $1 tenant id.
SELECT DISTINCT pending.received_timestamp
FROM raw.pending_requests AS pending
WHERE pending.tenant_id = $1
ORDER BY pending.received_timestamp
