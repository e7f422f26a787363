-- Which of the given requests ($1) are not in the vault yet.
SELECT pending.request_id::text AS request_id
FROM raw.pending_requests AS pending
WHERE pending.request_id = ANY ($1::bigint[])
ORDER BY pending.received_timestamp, pending.request_id
