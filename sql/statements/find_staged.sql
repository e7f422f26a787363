-- Of the given requests those that are staged and wait for the loader. $1 request ids.
SELECT pending.request_id::text AS request_id, pending.tenant_id, pending.staged_count
FROM raw.pending_requests AS pending
WHERE pending.request_id = ANY ($1::bigint[])
  AND pending.stage = 'STAGED'
