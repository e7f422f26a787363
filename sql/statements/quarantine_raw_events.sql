-- Quarantines events of the raw layer with their own bytes, and returns those that were not there yet.
-- $1 stage, and for each event $2 raw event id, $3 received, $4 reason code, $5 reasons as a JSON array of text.
INSERT INTO staging.quarantined_events (
  tenant_id, event_id, raw_event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source
)
SELECT
  request.tenant_id,
  request.event_ids[(refused.raw_event_id % 1024) + 1],
  refused.raw_event_id,
  request.received_timestamp,
  $1,
  refused.reason_code,
  ARRAY(SELECT jsonb_array_elements_text(refused.reasons::jsonb)),
  substring(
    request.body
    FROM (
      SELECT coalesce(sum(byte_length + 1), 0)::integer + 1
      FROM unnest(request.byte_lengths[1:(refused.raw_event_id % 1024)::integer]) AS byte_length
    )
    FOR request.byte_lengths[(refused.raw_event_id % 1024) + 1]
  ),
  request.record_source
FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[])
  AS refused (raw_event_id, received_timestamp, reason_code, reasons)
JOIN raw.site_tracking_requests_r AS request
  ON request.received_timestamp = refused.received_timestamp
 AND request.request_id = refused.raw_event_id / 1024
ON CONFLICT (raw_event_id) DO NOTHING
RETURNING tenant_id, reason_code
