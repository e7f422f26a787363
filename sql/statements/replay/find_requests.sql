-- Requests of the raw layer in the order in which they arrived, page by page.
-- $1 tenant ids, or null for all tenants; $2 first time and $3 the time before which they arrived; $4 time and $5 id of the
-- request that ended the page before; $6 how many.
SELECT
  request.request_id::text AS request_id,
  request.received_timestamp::text AS received_timestamp,
  request.event_count
FROM raw.site_tracking_requests_r AS request
WHERE ($1::text[] IS NULL OR request.tenant_id = ANY ($1::text[]))
  AND request.received_timestamp >= $2
  AND request.received_timestamp < $3
  AND (request.received_timestamp, request.request_id) > ($4::timestamptz, $5::bigint)
ORDER BY request.received_timestamp, request.request_id
LIMIT $6
