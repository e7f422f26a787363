-- Events of visitors as the vault has them, without what nothing but they say. $1 tenant key, $2 keys of visitors.
SELECT
  event.site_event_hk,
  event.site_event_bk AS event_id,
  event.event_timestamp,
  event.load_date,
  event.record_source,
  event.site_id,
  event.site_visitor_hk,
  event.session_slice_hk,
  derived.session_slice_hk IS NULL AS is_named_session,
  event.event_type,
  event.event_category,
  event.event_action,
  event.event_label,
  event.event_value,
  event.scroll_depth,
  event.time_on_page,
  event.click_x,
  event.click_y,
  event.business_item_type,
  event.transaction_funnel_step,
  event.conversion_funnel_stage,
  event.bot_reason,
  event.site_page_hk,
  page.site_page_bk AS page_key,
  event.page_state_id::text AS page_state_id,
  event.traffic_source_id::text AS traffic_source_id,
  source.channel,
  source.referrer_host,
  source.utm_source,
  source.utm_medium,
  source.utm_campaign,
  source.utm_content,
  source.utm_term,
  state.device_type,
  state.browser_name,
  state.operating_system,
  (
    SELECT
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'hk', encode(link.business_item_hk, 'hex'),
            'state_id', link.item_state_id::text,
            'key', item.business_item_bk,
            'is_described', link.describes_item,
            'name', described.item_name,
            'type', described.item_type,
            'category', described.item_category,
            'description', described.item_description,
            'value', described.item_value,
            'currency', described.item_currency,
            'is_active', described.is_active,
            'metadata', described.business_metadata
          )
          ORDER BY link.business_item_hk
        ),
        '[]'
      )
    FROM business.event_business_item_nl AS link
    JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
    JOIN business.business_item_state_r AS described
      ON described.business_item_hk = link.business_item_hk AND described.item_state_id = link.item_state_id
    WHERE link.site_event_hk = event.site_event_hk
  ) AS items
FROM business.session_slice_visitor_l AS link
JOIN business.site_event_nl AS event
  ON event.session_slice_hk = link.session_slice_hk AND event.site_visitor_hk = link.site_visitor_hk
JOIN business.traffic_source_r AS source ON source.traffic_source_id = event.traffic_source_id
JOIN business.site_visitor_state_r AS state
  ON state.site_visitor_hk = event.site_visitor_hk AND state.visitor_state_id = event.visitor_state_id
LEFT JOIN business.derived_session_slices AS derived ON derived.session_slice_hk = event.session_slice_hk
LEFT JOIN business.site_page_h AS page
  ON page.site_page_hk = event.site_page_hk AND page.site_page_hk <> decode(repeat('00', 20), 'hex')
WHERE link.site_visitor_hk = ANY ($2::bytea[])
  AND event.tenant_hk = $1
ORDER BY event.site_event_hk
