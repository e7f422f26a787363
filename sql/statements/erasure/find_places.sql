-- Where events stand in the raw layer. $1 tenant id, $2 when they arrived, $3 their ids.
SELECT request.request_id::text AS request_id, request.received_timestamp, item.event_id, (item.place - 1)::integer AS ordinal
FROM raw.site_tracking_requests_r AS request
CROSS JOIN LATERAL unnest(request.event_ids) WITH ORDINALITY AS item (event_id, place)
WHERE request.tenant_id = $1
  AND request.received_timestamp = ANY ($2::timestamptz[])
  AND request.event_ids && $3::uuid[]
  AND item.event_id = ANY ($3::uuid[])
ORDER BY request.request_id, item.place
