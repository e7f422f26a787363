-- Requests of the raw layer, for this transaction to write over. $1 tenant id, $2 tenant key, $3 when they arrived, $4 their ids.
SELECT
  request.request_id::text AS request_id,
  request.tenant_id,
  $2::bytea AS tenant_hk,
  request.site_id,
  request.received_timestamp,
  request.user_agent,
  encode(request.visitor_ip_hash, 'hex') AS visitor_ip_hash,
  encode(request.visitor_key, 'hex') AS visitor_key,
  request.record_source,
  request.event_ids,
  request.byte_lengths,
  request.body,
  request.envelope,
  request.event_context
FROM raw.site_tracking_requests_r AS request
WHERE request.tenant_id = $1
  AND request.received_timestamp = ANY ($3::timestamptz[])
  AND request.request_id = ANY ($4::bigint[])
ORDER BY request.request_id
FOR UPDATE
