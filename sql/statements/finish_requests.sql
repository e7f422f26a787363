-- Ends requests that have nothing left to do. $1 request ids.
DELETE FROM raw.pending_requests WHERE request_id = ANY ($1::bigint[])
