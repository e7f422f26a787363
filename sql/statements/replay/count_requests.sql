-- What a replay has before it. $1 tenant ids, or null for all tenants; $2 first time and $3 the time before which they arrived.
SELECT count(*)::integer AS requests, coalesce(sum(request.event_count), 0)::integer AS events
FROM raw.site_tracking_requests_r AS request
WHERE ($1::text[] IS NULL OR request.tenant_id = ANY ($1::text[]))
  AND request.received_timestamp >= $2
  AND request.received_timestamp < $3
