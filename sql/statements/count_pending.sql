-- How much of a tenant's is not in the vault yet, without what is in quarantine instead. $1 tenant id.
SELECT count(*)::integer AS requests, coalesce(sum(coalesce(pending.staged_count, pending.event_count)), 0)::integer AS events
FROM raw.pending_requests AS pending
WHERE pending.tenant_id = $1
