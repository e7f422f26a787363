-- Sends requests back to be staged again. $1 request ids.
UPDATE raw.pending_requests
SET stage = 'LANDED', staged_count = NULL
WHERE request_id = ANY ($1::bigint[])
