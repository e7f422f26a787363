-- How many requests of a tenant are yet to be staged. $1 tenant id.
SELECT count(*)::integer AS requests FROM raw.pending_requests WHERE tenant_id = $1 AND stage = 'LANDED'
