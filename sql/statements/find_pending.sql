-- Requests of a tenant that are not in the vault yet, oldest first. $1 tenant id, $2 id to begin behind, $3 how many.
SELECT pending.request_id::text AS request_id, pending.stage, pending.event_count
FROM raw.pending_requests AS pending
WHERE pending.tenant_id = $1
  AND pending.request_id > $2
ORDER BY pending.request_id
LIMIT $3
