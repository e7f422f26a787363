-- One event from the registry over its raw row to its rows in the vault. $1 its key in the registry, $2 its id, $3 tenant id,
-- $4 tenant key. No row for an id that the tenant never sent.
SELECT
  known.request_id::text AS request_id,
  raw_row.source AS raw,
  refusal.source AS quarantine,
  vault_row.source AS vault
FROM raw.event_registry AS known
LEFT JOIN LATERAL (
  SELECT jsonb_build_object(
    'raw_event_id', event.raw_event_id::text,
    'request_id', known.request_id::text,
    'site_id', event.site_id,
    'received_at', raw.iso_time(event.received_timestamp),
    'record_source', event.record_source,
    'status', event.processing_status,
    'bytes', octet_length(event.original_bytes),
    'sha256', encode(sha256(event.original_bytes), 'hex'),
    'value_altered', event.value_altered,
    'trace_id', encode(uuid_send(request.trace_id), 'hex')
  ) AS source
  FROM raw.site_tracking_events_r AS event
  JOIN raw.site_tracking_requests_r AS request
    ON request.received_timestamp = known.received_timestamp
   AND request.request_id = known.request_id
  WHERE event.received_timestamp = known.received_timestamp
    AND event.raw_event_id / 1024 = known.request_id
    AND event.event_id = $2
    AND event.tenant_id = $3
  LIMIT 1
) AS raw_row ON true
LEFT JOIN LATERAL (
  SELECT jsonb_build_object(
    'stage', quarantine.stage,
    'code', quarantine.reason_code,
    'reasons', to_jsonb(quarantine.reasons),
    'quarantined_at', raw.iso_time(quarantine.quarantined_at)
  ) AS source
  FROM staging.quarantined_events AS quarantine
  WHERE quarantine.raw_event_id >= known.request_id * 1024
    AND quarantine.raw_event_id < (known.request_id + 1) * 1024
    AND quarantine.event_id = $2
    AND quarantine.tenant_id = $3
  LIMIT 1
) AS refusal ON true
LEFT JOIN LATERAL (
  SELECT jsonb_build_object(
    'site_event_hk', encode(event.site_event_hk, 'hex'),
    'load_date', raw.iso_time(event.load_date),
    'event_timestamp', raw.iso_time(event.event_timestamp),
    'event_type', event.event_type,
    'site_session_hk', encode(session.site_session_hk, 'hex'),
    'site_visitor_hk', encode(event.site_visitor_hk, 'hex'),
    'site_page_hk', encode(event.site_page_hk, 'hex'),
    'business_item_hks', items.keys,
    'rows', vault_rows.listed
  ) AS source
  FROM business.site_event_nl AS event
  CROSS JOIN LATERAL (
    SELECT coalesce(
      (
        SELECT part.site_session_hk
        FROM business.derived_session_slices AS part
        WHERE part.session_slice_hk = event.session_slice_hk
      ),
      event.session_slice_hk
    ) AS site_session_hk
  ) AS session
  CROSS JOIN LATERAL (
    SELECT
      coalesce(jsonb_agg(encode(link.business_item_hk, 'hex') ORDER BY link.business_item_hk), '[]') AS keys,
      coalesce(array_agg(link.business_item_hk), '{}') AS hks
    FROM business.event_business_item_nl AS link
    WHERE link.site_event_hk = event.site_event_hk
  ) AS items
  CROSS JOIN LATERAL (
    SELECT jsonb_agg(
      jsonb_build_object('table', entry.relation, 'key', encode(entry.key, 'hex'), 'load_date', raw.iso_time(entry.load_date))
      ORDER BY entry.position, entry.key
    ) AS listed
    FROM (
      SELECT 1 AS position, 'business.site_event_nl' AS relation, event.site_event_hk AS key, event.load_date AS load_date
      UNION ALL
      SELECT 2, 'business.session_slice_h', hub.session_slice_hk, hub.load_date
      FROM business.session_slice_h AS hub
      WHERE hub.session_slice_hk = event.session_slice_hk
      UNION ALL
      SELECT 3, 'business.site_visitor_h', hub.site_visitor_hk, hub.load_date
      FROM business.site_visitor_h AS hub
      WHERE hub.site_visitor_hk = event.site_visitor_hk
      UNION ALL
      SELECT 4, 'business.session_slice_visitor_l', link.link_session_visitor_hk, link.load_date
      FROM business.session_slice_visitor_l AS link
      WHERE link.session_slice_hk = event.session_slice_hk
        AND link.site_visitor_hk = event.site_visitor_hk
      UNION ALL
      SELECT 5, 'business.site_page_h', hub.site_page_hk, hub.load_date
      FROM business.site_page_h AS hub
      WHERE hub.site_page_hk = event.site_page_hk
      UNION ALL
      SELECT 6, 'business.business_item_h', hub.business_item_hk, hub.load_date
      FROM business.business_item_h AS hub
      WHERE hub.business_item_hk = ANY (items.hks)
    ) AS entry
  ) AS vault_rows
  -- The load date of an event is its arrival, by which the blocks of its rows are found.
  WHERE event.load_date = known.received_timestamp
    AND event.site_event_bk = $2
    AND event.tenant_hk = $4
  LIMIT 1
) AS vault_row ON true
WHERE known.event_key = $1
