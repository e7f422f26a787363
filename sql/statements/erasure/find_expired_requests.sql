-- Requests of one day that are not on their way to the vault, page by page, with the bytes of their bodies. $1 tenant id, $2 day (UTC),
-- $3 arrival and $4 id after which the page begins, $5 how many.
SELECT request.request_id::text AS request_id, request.received_timestamp::text AS arrival, octet_length(request.body) AS bytes
FROM raw.site_tracking_requests_r AS request
WHERE request.tenant_id = $1
  AND request.received_timestamp >= greatest($2::date::timestamp AT TIME ZONE 'UTC', $3::timestamptz)
  AND request.received_timestamp < ($2::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND (request.received_timestamp, request.request_id) > ($3::timestamptz, $4::bigint)
  AND NOT EXISTS (SELECT FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id)
ORDER BY request.received_timestamp, request.request_id
LIMIT $5
