-- Lands one request: registers its event ids, keeps the bytes of the new ones as one raw row with its pending mark, and
-- quarantines what came under a known id with another payload. One statement, hence one transaction and one round trip.
--
-- $1 tenant id, $2 site id, $3 record source, $4 user agent, $5 address pseudonym, $6 visitor pseudonym,
-- $7 the bytes of all events, and for each event $8 registry key, $9 event id, $10 payload fingerprint,
-- $11 first byte (from 1), $12 length in bytes, $13 context (jsonb text) or null; $14 envelope (jsonb text) or null.
-- Returns a row per event: its index, the request it landed in (null unless new), whether it conflicts, and whether
-- another request took its id while this one waited: that one's payload cannot be seen from here, so it is asked again.
WITH sent AS MATERIALIZED (
  SELECT
    e.*,
    row_number() OVER occurrence AS occurrence,
    first_value(e.payload_fingerprint) OVER occurrence AS first_fingerprint
  FROM unnest($8::uuid[], $9::uuid[], $10::bigint[], $11::integer[], $12::integer[], $13::text[])
    WITH ORDINALITY AS e (event_key, event_id, payload_fingerprint, first_byte, byte_length, context, position)
  WINDOW occurrence AS (PARTITION BY e.event_key ORDER BY e.position)
),
request AS MATERIALIZED (
  SELECT
    nextval('raw.request_id_seq') AS request_id,
    -- Whole milliseconds, so that JavaScript and Postgres mean the same instant.
    date_trunc('milliseconds', statement_timestamp()) AS received_timestamp
),
registered AS (
  INSERT INTO raw.event_registry (event_key, payload_fingerprint, request_id, received_timestamp)
  SELECT sent.event_key, sent.payload_fingerprint, request.request_id, request.received_timestamp
  FROM sent
  CROSS JOIN request
  WHERE sent.occurrence = 1
  ORDER BY sent.event_key
  ON CONFLICT (event_key) DO NOTHING
  RETURNING event_key
),
judged AS MATERIALIZED (
  SELECT
    sent.*,
    registered.event_key IS NOT NULL AND sent.occurrence = 1 AS is_new,
    coalesce(standing.payload_fingerprint <> sent.payload_fingerprint, false) AS is_conflict,
    standing.payload_fingerprint IS NULL AS is_raced
  FROM sent
  LEFT JOIN registered ON registered.event_key = sent.event_key
  LEFT JOIN raw.event_registry AS known ON known.event_key = sent.event_key
  -- The payload that stands under the id: from before, or from this request's first event of the id.
  CROSS JOIN LATERAL (
    SELECT coalesce(
      known.payload_fingerprint,
      CASE WHEN registered.event_key IS NOT NULL THEN sent.first_fingerprint END
    )
  ) AS standing (payload_fingerprint)
),
kept AS MATERIALIZED (
  SELECT judged.*, row_number() OVER (ORDER BY judged.position) - 1 AS ordinal
  FROM judged
  WHERE judged.is_new
),
landed AS (
  INSERT INTO raw.site_tracking_requests_r (
    received_timestamp, request_id, tenant_id, site_id, event_count, visitor_ip_hash, visitor_key, user_agent,
    record_source, event_ids, byte_lengths, body, envelope, event_context
  )
  SELECT
    min(request.received_timestamp),
    min(request.request_id),
    $1,
    $2,
    count(*),
    $5,
    $6,
    $4,
    $3,
    array_agg(kept.event_id ORDER BY kept.ordinal),
    array_agg(kept.byte_length ORDER BY kept.ordinal),
    string_agg(substring($7::bytea FROM kept.first_byte FOR kept.byte_length), '\x0a'::bytea ORDER BY kept.ordinal),
    $14::jsonb,
    jsonb_object_agg(kept.ordinal, kept.context::jsonb) FILTER (WHERE kept.context IS NOT NULL)
  FROM kept
  CROSS JOIN request
  HAVING count(*) > 0
),
marked AS (
  INSERT INTO raw.pending_requests (request_id, received_timestamp, tenant_id, event_count, rung_at)
  SELECT min(request.request_id), min(request.received_timestamp), $1, count(*), min(request.received_timestamp)
  FROM kept
  CROSS JOIN request
  HAVING count(*) > 0
),
quarantined AS (
  INSERT INTO staging.quarantined_events (
    tenant_id, event_id, received_timestamp, stage, reason_code, reasons, original_bytes, record_source
  )
  SELECT
    $1,
    judged.event_id,
    request.received_timestamp,
    'INGEST',
    'id_conflict',
    ARRAY['The event id is known with another payload; the first one counts.'],
    substring($7::bytea FROM judged.first_byte FOR judged.byte_length),
    $3
  FROM judged
  CROSS JOIN request
  WHERE judged.is_conflict
  ON CONFLICT DO NOTHING
)
SELECT
  (judged.position - 1)::integer AS index,
  CASE WHEN judged.is_new THEN request.request_id::text END AS request_id,
  judged.is_conflict,
  judged.is_raced
FROM judged
CROSS JOIN request
ORDER BY judged.position
