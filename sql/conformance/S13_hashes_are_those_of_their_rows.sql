-- Every hash_diff and every id of a state is the hash of the columns beside it. Item states with metadata of the sender's are left out.
SELECT 'site_session_details_s' AS relation, site_session_hk AS offending_key
FROM business.site_session_details_s
WHERE hash_diff IS DISTINCT FROM util.hash_key(
  to_char(session_start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  to_char(session_end_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  total_page_views::text, total_events::text, session_duration_seconds::text, entry_page_url, exit_page_url, referrer_url,
  utm_source, utm_medium, utm_campaign, is_bounce::text, array_to_json(items_viewed)::text, transaction_attempted::text,
  transaction_completed::text, total_conversion_value::text, business_context::text
)
UNION ALL
SELECT 'site_visitor_details_s', site_visitor_hk
FROM business.site_visitor_details_s
WHERE hash_diff IS DISTINCT FROM util.hash_key(
  visitor_ip_hash, user_agent, device_type, browser_name, browser_version, operating_system, screen_resolution,
  viewport_size, timezone, language, do_not_track::text,
  to_char(first_visit_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  to_char(last_visit_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  total_sessions::text, total_page_views::text, array_to_json(favorite_items)::text, total_transactions::text,
  lifetime_value::text, visitor_segment, device_pixel_ratio::text
)
UNION ALL
SELECT 'site_event_details_s', site_event_hk
FROM business.site_event_details_s
WHERE hash_diff IS DISTINCT FROM util.hash_key(
  to_char(event_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  event_type, event_category, event_action, event_label, event_value::text, page_url, page_title, page_referrer,
  scroll_depth::text, time_on_page::text, click_x::text, click_y::text, business_item_type, transaction_funnel_step,
  conversion_funnel_stage, custom_properties::text
)
UNION ALL
SELECT 'site_page_details_s', site_page_hk
FROM business.site_page_details_s
WHERE hash_diff IS DISTINCT FROM util.hash_key(
  page_url, page_title, page_path, page_hostname, page_category, page_type, total_views::text, unique_visitors::text,
  avg_time_on_page::text, bounce_rate::text, conversion_rate::text
)
UNION ALL
SELECT 'business_item_details_s', business_item_hk
FROM business.business_item_details_s
WHERE hash_diff IS DISTINCT FROM util.hash_key(
  item_name, item_type, item_category, item_description, item_value::text, item_currency, is_active::text,
  popularity_score::text, conversion_rate::text, total_interactions::text, total_conversions::text, business_metadata::text
)
UNION ALL
SELECT state.relation, state.parent_hk
FROM (
  SELECT 'site_visitor_state_r' AS relation, site_visitor_hk AS parent_hk, visitor_state_id AS state_id,
    util.hash_key(
      visitor_ip_hash, user_agent, device_type, browser_name, browser_version, operating_system, screen_resolution,
      viewport_size, trim_scale(device_pixel_ratio)::text, timezone, language, do_not_track::text
    ) AS content_hash
  FROM business.site_visitor_state_r
  UNION ALL
  SELECT 'site_page_state_r', site_page_hk, page_state_id,
    util.hash_key(page_title, page_path, page_hostname, page_category, page_type)
  FROM business.site_page_state_r
  UNION ALL
  -- An item without metadata is hashed with the JSON null.
  SELECT 'business_item_state_r', business_item_hk, item_state_id,
    util.hash_key(
      item_name, item_type, item_category, item_description, item_value::text, item_currency, is_active::text, 'null'
    )
  FROM business.business_item_state_r
  WHERE business_metadata IS NULL
  UNION ALL
  SELECT 'traffic_source_r', int8send(source.traffic_source_id), source.traffic_source_id,
    util.hash_key(
      tenant.tenant_bk, source.channel, source.referrer_host, source.utm_source, source.utm_medium, source.utm_campaign,
      source.utm_content, source.utm_term
    )
  FROM business.traffic_source_r AS source
  LEFT JOIN auth.tenant_h AS tenant ON tenant.tenant_hk = source.tenant_hk
) AS state
WHERE int8send(state.state_id) IS DISTINCT FROM substring(state.content_hash FROM 1 FOR 8)
