-- Takes landed requests for staging; another worker's are left to it. $1 request ids.
-- The request's own columns come along: the staging transaction needs nothing else from the raw layer.
WITH claimed AS MATERIALIZED (
  SELECT pending.request_id, pending.received_timestamp
  FROM raw.pending_requests AS pending
  WHERE pending.request_id = ANY ($1::bigint[])
    AND pending.stage = 'LANDED'
  ORDER BY pending.request_id
  FOR UPDATE SKIP LOCKED
)
SELECT
  request.request_id::text AS request_id,
  request.tenant_id,
  tenant.tenant_hk,
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
  request.event_context,
  encode(uuid_send(request.trace_id), 'hex') AS trace_id
FROM claimed
JOIN raw.site_tracking_requests_r AS request
  ON request.received_timestamp = claimed.received_timestamp
 AND request.request_id = claimed.request_id
JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = request.tenant_id
ORDER BY request.request_id
