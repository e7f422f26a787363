-- $1 request ids, $2 how many events of each await loading.
UPDATE raw.pending_requests AS pending
SET stage = 'STAGED', staged_count = done.staged_count, rung_at = CURRENT_TIMESTAMP
FROM unnest($1::bigint[], $2::integer[]) AS done (request_id, staged_count)
WHERE pending.request_id = done.request_id
