-- The plan's names over the physical tables.

-- One row per event of the raw layer. The status is read from the pending mark and the quarantine, so that an event on its
-- way costs no update of its raw row.
CREATE VIEW raw.site_tracking_events_r AS
SELECT
  request.request_id * 1024 + event.ordinal AS raw_event_id,
  request.tenant_id,
  request.received_timestamp,
  NULL::inet AS client_ip,
  coalesce(event.context ->> 'user_agent', request.user_agent) AS user_agent,
  coalesce(request.envelope, '{}'::jsonb)
    || coalesce(
      event.context -> 'payload',
      convert_from(substring(request.body FROM event.first_byte FOR event.byte_length), 'UTF8')::jsonb
    ) AS raw_payload,
  ('BATCH_' || to_char(request.received_timestamp AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS') || '_' || request.request_id)::varchar(100)
    AS batch_id,
  (
    CASE
      WHEN quarantine.quarantine_id IS NOT NULL THEN 'ERROR'
      WHEN pending.stage = 'STAGED' THEN 'PROCESSING'
      WHEN pending.stage = 'LANDED' THEN 'PENDING'
      ELSE 'PROCESSED'
    END
  )::varchar(20) AS processing_status,
  array_to_string(quarantine.reasons, '; ') AS error_message,
  coalesce(pending.attempts, 0) AS retry_count,
  request.record_source,
  substring(request.body FROM event.first_byte FOR event.byte_length) AS original_bytes,
  request.site_id,
  event.event_id,
  coalesce(event.context ? 'payload', false) AS value_altered
FROM raw.site_tracking_requests_r AS request
CROSS JOIN LATERAL (
  SELECT
    (item.ordinality - 1)::integer AS ordinal,
    item.event_id,
    item.byte_length,
    (sum(item.byte_length + 1) OVER (ORDER BY item.ordinality) - item.byte_length)::integer AS first_byte,
    context.value AS context
  FROM unnest(request.event_ids, request.byte_lengths) WITH ORDINALITY AS item (event_id, byte_length, ordinality)
  LEFT JOIN jsonb_each(request.event_context) AS context ON context.key = (item.ordinality - 1)::text
) AS event
LEFT JOIN raw.pending_requests AS pending ON pending.request_id = request.request_id
LEFT JOIN staging.quarantined_events AS quarantine
  ON quarantine.raw_event_id = request.request_id * 1024 + event.ordinal;

CREATE VIEW business.site_event_h AS
SELECT site_event_hk, site_event_bk::text::varchar(255) AS site_event_bk, tenant_hk, load_date, record_source
FROM business.site_event_nl;

CREATE VIEW business.event_session_l AS
SELECT
  util.hash_key(encode(site_event_hk, 'hex'), encode(site_session_hk, 'hex')) AS link_event_session_hk,
  site_event_hk,
  site_session_hk,
  tenant_hk,
  load_date,
  record_source
FROM business.site_event_nl;

CREATE VIEW business.event_page_l AS
SELECT
  util.hash_key(encode(site_event_hk, 'hex'), encode(site_page_hk, 'hex')) AS link_event_page_hk,
  site_event_hk,
  site_page_hk,
  tenant_hk,
  load_date,
  record_source
FROM business.site_event_nl;

CREATE VIEW business.site_event_details_s AS
SELECT
  site_event_hk,
  load_date,
  NULL::timestamptz AS load_end_date,
  util.hash_key(
    to_char(event_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    event_type, event_category, event_action, event_label, event_value::text,
    page_url, page_title, page_referrer, scroll_depth::text, time_on_page::text, click_x::text, click_y::text,
    business_item_type, transaction_funnel_step, conversion_funnel_stage, custom_properties::text
  ) AS hash_diff,
  event_timestamp,
  event_type,
  event_category,
  event_action,
  event_label,
  event_value,
  page_url,
  page_title,
  page_referrer,
  scroll_depth,
  time_on_page,
  click_x,
  click_y,
  business_item_type,
  transaction_funnel_step,
  conversion_funnel_stage,
  custom_properties,
  record_source,
  site_id,
  channel,
  bot_reason
FROM business.site_event_nl;

-- Where each event of the raw layer stands; newest first is `ORDER BY raw_load_date DESC`.
CREATE VIEW staging.pipeline_dashboard AS
SELECT
  event.raw_event_id,
  event.event_id,
  event.tenant_id,
  event.site_id,
  coalesce(event.raw_payload ->> 'event_type', event.raw_payload ->> 'evt_type') AS event_type,
  coalesce(event.raw_payload ->> 'page_url', event.raw_payload ->> 'url') AS page_url,
  event.received_timestamp AS raw_load_date,
  event.processing_status AS raw_status,
  CASE event.processing_status
    WHEN 'PENDING' THEN 'PENDING'
    WHEN 'ERROR' THEN 'INVALID'
    ELSE 'PROCESSED'
  END AS staging_status,
  CASE event.processing_status
    WHEN 'PROCESSED' THEN 'Complete Pipeline'
    WHEN 'ERROR' THEN 'Quarantined'
    ELSE 'Pending'
  END AS business_status,
  event.error_message
FROM raw.site_tracking_events_r AS event;
