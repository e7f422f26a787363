-- Loads staged events ($1: their ids) into the plan's shape, through the same gate: what the hub did not know goes on.
WITH staged AS MATERIALIZED (
  SELECT
    staged.*,
    sha256(staged.site_event_hk) AS event_key,
    sha256(staged.session_slice_hk) AS session_key,
    sha256(staged.site_page_hk) AS page_key_hash
  FROM staging.site_events_staging AS staged
  WHERE staged.staging_event_id = ANY ($1::bigint[])
    AND staged.validation_status = 'ENRICHED'
),
fresh AS (
  INSERT INTO seed_shape.site_event_h
  SELECT event_key, event_id::text, tenant_hk, received_timestamp, record_source
  FROM staged
  ORDER BY event_key
  ON CONFLICT (site_event_hk) DO NOTHING
  RETURNING site_event_hk
),
sessions AS (
  INSERT INTO seed_shape.event_session_l
  SELECT sha256(event_key || session_key), event_key, session_key, tenant_hk, received_timestamp, record_source
  FROM staged
  JOIN fresh ON fresh.site_event_hk = staged.event_key
  ORDER BY 1
  ON CONFLICT (link_event_session_hk) DO NOTHING
),
pages AS (
  INSERT INTO seed_shape.event_page_l
  SELECT sha256(event_key || page_key_hash), event_key, page_key_hash, tenant_hk, received_timestamp, record_source
  FROM staged
  JOIN fresh ON fresh.site_event_hk = staged.event_key
  ORDER BY 1
  ON CONFLICT (link_event_page_hk) DO NOTHING
)
INSERT INTO seed_shape.site_event_details_s
SELECT
  event_key, received_timestamp, NULL, sha256(convert_to(staged::text, 'UTF8')), event_timestamp, event_type, event_category,
  event_action, event_label, event_value, page_url, page_title, page_referrer, scroll_depth, time_on_page, click_x, click_y,
  business_item_type, transaction_funnel_step, conversion_funnel_stage, custom_properties, record_source
FROM staged
JOIN fresh ON fresh.site_event_hk = staged.event_key
ORDER BY event_key
