-- What the row in force says of a session equals a recomputation from its events.
WITH event AS MATERIALIZED (
  SELECT
    coalesce(part.site_session_hk, event.session_slice_hk) AS site_session_hk, event.site_event_hk, event.event_timestamp,
    event.event_type, event.event_action, event.event_value, event.time_on_page, event.site_page_hk, event.page_query,
    event.page_url, event.page_referrer, event.traffic_source_id, event.business_item_type, event.conversion_funnel_stage,
    event.bot_reason
  FROM business.site_event_nl AS event
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = event.session_slice_hk
),
entry AS (
  SELECT DISTINCT ON (event.site_session_hk)
    event.site_session_hk,
    coalesce(
      event.page_url,
      CASE WHEN event.site_page_hk <> '\x0000000000000000000000000000000000000000' THEN concat(page.site_page_bk, event.page_query) END
    ) AS page_url,
    event.page_referrer, source.utm_source, source.utm_medium, source.utm_campaign
  FROM event
  LEFT JOIN business.site_page_h AS page ON page.site_page_hk = event.site_page_hk
  LEFT JOIN business.traffic_source_r AS source ON source.traffic_source_id = event.traffic_source_id
  ORDER BY event.site_session_hk, (event.event_type = 'page_view') DESC, event.site_event_hk
),
last_view AS (
  SELECT DISTINCT ON (event.site_session_hk)
    event.site_session_hk,
    coalesce(
      event.page_url,
      CASE WHEN event.site_page_hk <> '\x0000000000000000000000000000000000000000' THEN concat(page.site_page_bk, event.page_query) END
    ) AS page_url,
    event.event_timestamp + least(greatest(coalesce(event.time_on_page, 0), 0), 86400) * interval '1 second' AS engaged_until
  FROM event
  LEFT JOIN business.site_page_h AS page ON page.site_page_hk = event.site_page_hk
  WHERE event.event_type = 'page_view'
  ORDER BY event.site_session_hk, event.site_event_hk DESC
),
counted AS (
  SELECT
    site_session_hk,
    min(event_timestamp) AS began_at,
    max(event_timestamp) AS last_event_at,
    count(*) AS total_events,
    count(*) FILTER (WHERE event_type = 'page_view') AS total_page_views,
    bool_or(event_type NOT IN ('page_view', 'page_visibility', 'scroll', 'scroll_depth')) AS has_interaction,
    bool_or(event_type = 'transaction_step') AS transaction_attempted,
    bool_or(event_type = 'transaction_step' AND event_action = 'complete') AS transaction_completed,
    coalesce(sum(event_value), 0) AS total_conversion_value,
    jsonb_agg(DISTINCT business_item_type COLLATE "C") FILTER (WHERE business_item_type IS NOT NULL) AS item_types,
    coalesce(
      max(CASE conversion_funnel_stage
        WHEN 'awareness' THEN '1awareness' WHEN 'consideration' THEN '2consideration'
        WHEN 'conversion' THEN '3conversion' WHEN 'retention' THEN '4retention'
      END),
      '0' || min(conversion_funnel_stage COLLATE "C")
    ) AS furthest_stage,
    min(bot_reason COLLATE "C") AS bot_reason
  FROM event
  GROUP BY site_session_hk
),
typed AS (
  SELECT site_session_hk, jsonb_object_agg(event_type, events) AS event_types
  FROM (
    SELECT
      site_session_hk, event_type, count(*) AS events,
      row_number() OVER (PARTITION BY site_session_hk ORDER BY count(*) DESC, event_type COLLATE "C") AS place
    FROM event
    GROUP BY site_session_hk, event_type
  ) AS ranked
  WHERE place <= 50
  GROUP BY site_session_hk
),
viewed AS (
  SELECT event.site_session_hk, (array_agg(DISTINCT item.business_item_bk::text COLLATE "C" ORDER BY item.business_item_bk::text COLLATE "C"))[1:100] AS items
  FROM event
  JOIN business.event_business_item_nl AS link ON link.site_event_hk = event.site_event_hk
  JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
  GROUP BY event.site_session_hk
),
expected AS (
  SELECT
    counted.*, greatest(counted.last_event_at, last_view.engaged_until) AS ended_at, entry.page_url AS entry_page_url,
    last_view.page_url AS exit_page_url, entry.page_referrer, entry.utm_source, entry.utm_medium, entry.utm_campaign,
    viewed.items, typed.event_types
  FROM counted
  JOIN entry ON entry.site_session_hk = counted.site_session_hk
  JOIN typed ON typed.site_session_hk = counted.site_session_hk
  LEFT JOIN last_view ON last_view.site_session_hk = counted.site_session_hk
  LEFT JOIN viewed ON viewed.site_session_hk = counted.site_session_hk
),
shown AS (
  SELECT * FROM business.site_session_details_s WHERE load_end_date IS NULL
)
SELECT 'site_session_details_s' AS relation, coalesce(shown.site_session_hk, expected.site_session_hk) AS offending_key
FROM shown
FULL JOIN expected ON expected.site_session_hk = shown.site_session_hk
WHERE (
    shown.site_session_hk, shown.session_start_time, shown.session_end_time, shown.total_page_views, shown.total_events,
    shown.session_duration_seconds, shown.entry_page_url, shown.exit_page_url, shown.referrer_url, shown.utm_source,
    shown.utm_medium, shown.utm_campaign, shown.is_bounce, shown.items_viewed, shown.transaction_attempted,
    shown.transaction_completed, shown.total_conversion_value, shown.business_context
  ) IS DISTINCT FROM (
    expected.site_session_hk, expected.began_at, expected.ended_at, expected.total_page_views, expected.total_events,
    floor(extract(epoch FROM expected.ended_at - expected.began_at)), expected.entry_page_url, expected.exit_page_url,
    expected.page_referrer, expected.utm_source, expected.utm_medium, expected.utm_campaign,
    expected.total_page_views = 1 AND NOT expected.has_interaction AND expected.ended_at < expected.began_at + interval '10 seconds',
    expected.items, expected.transaction_attempted, expected.transaction_completed, expected.total_conversion_value,
    jsonb_strip_nulls(
      jsonb_build_object(
        'event_types', expected.event_types, 'item_types', expected.item_types,
        'furthest_stage', substring(expected.furthest_stage FROM 2), 'bot_reason', expected.bot_reason
      )
    )
  )
