-- Requests with all that staging needs of them, whether each is on its way to the vault, which of its events staging or loading
-- refused, and from when on their tenant keeps events and refused ones. $1 request ids, $2 when each arrived.
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
  EXISTS (SELECT 1 FROM raw.pending_requests AS pending WHERE pending.request_id = request.request_id) AS is_pending,
  ARRAY(
    SELECT quarantine.raw_event_id::text
    FROM staging.quarantined_events AS quarantine
    WHERE quarantine.raw_event_id >= request.request_id * 1024
      AND quarantine.raw_event_id < (request.request_id + 1) * 1024
  ) AS quarantined,
  kept.vault_cut_off,
  kept.staging_cut_off
FROM unnest($1::bigint[], $2::timestamptz[]) AS wanted (request_id, received_timestamp)
JOIN raw.site_tracking_requests_r AS request
  ON request.received_timestamp = wanted.received_timestamp
 AND request.request_id = wanted.request_id
JOIN auth.tenant_h AS tenant ON tenant.tenant_bk = request.tenant_id
CROSS JOIN LATERAL (
  SELECT
    max(known.cut_off) FILTER (WHERE known.class = 'vault') AS vault_cut_off,
    max(known.cut_off) FILTER (WHERE known.class = 'staging') AS staging_cut_off
  FROM auth.retention_cut_offs(CURRENT_TIMESTAMP) AS known
  WHERE known.tenant_hk = tenant.tenant_hk
) AS kept
ORDER BY request.received_timestamp, request.request_id
