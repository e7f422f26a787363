-- What the row in force says of a visitor equals a recomputation from its events: totals, favourites, and the state seen last.
WITH event AS MATERIALIZED (
  SELECT
    event.site_visitor_hk, coalesce(part.site_session_hk, event.session_slice_hk) AS site_session_hk, event.site_event_hk,
    event.event_timestamp, event.load_date, event.event_type, event.event_action, event.event_value, event.visitor_state_id
  FROM business.site_event_nl AS event
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = event.session_slice_hk
),
counted AS (
  SELECT
    site_visitor_hk,
    min(event_timestamp) AS first_visit_date,
    max(event_timestamp) AS last_visit_date,
    count(DISTINCT site_session_hk) AS total_sessions,
    count(*) FILTER (WHERE event_type = 'page_view') AS total_page_views,
    count(*) AS total_events,
    count(*) FILTER (WHERE event_type = 'transaction_step' AND event_action = 'complete') AS total_transactions,
    coalesce(sum(event_value), 0) AS lifetime_value
  FROM event
  GROUP BY site_visitor_hk
),
favourite AS (
  SELECT site_visitor_hk, array_agg(business_item_bk ORDER BY place) AS items
  FROM (
    SELECT
      event.site_visitor_hk, item.business_item_bk::text AS business_item_bk,
      row_number() OVER (PARTITION BY event.site_visitor_hk ORDER BY count(*) DESC, item.business_item_bk COLLATE "C") AS place
    FROM event
    JOIN business.event_business_item_nl AS link ON link.site_event_hk = event.site_event_hk
    JOIN business.business_item_h AS item ON item.business_item_hk = link.business_item_hk
    GROUP BY event.site_visitor_hk, item.business_item_bk
  ) AS ranked
  WHERE place <= 5
  GROUP BY site_visitor_hk
),
newest AS (
  SELECT DISTINCT ON (event.site_visitor_hk) event.site_visitor_hk, event.visitor_state_id
  FROM event
  LEFT JOIN business.site_visitor_state_r AS state
    ON state.site_visitor_hk = event.site_visitor_hk AND state.visitor_state_id = event.visitor_state_id
  ORDER BY
    event.site_visitor_hk,
    event.event_type = 'page_view'
      OR num_nonnulls(
        state.screen_resolution, state.viewport_size, state.timezone, state.language, state.do_not_track,
        state.device_pixel_ratio
      ) > 0 DESC,
    event.load_date DESC,
    event.site_event_hk DESC
),
expected AS (
  SELECT
    counted.*, favourite.items, newest.visitor_state_id, state.user_agent, state.device_type, state.device_pixel_ratio,
    CASE
      WHEN counted.total_transactions >= 2 THEN 'repeat_customer'
      WHEN counted.total_transactions = 1 THEN 'customer'
      WHEN counted.total_sessions >= 2 THEN 'returning'
      ELSE 'new'
    END AS visitor_segment
  FROM counted
  JOIN newest ON newest.site_visitor_hk = counted.site_visitor_hk
  JOIN business.site_visitor_state_r AS state
    ON state.site_visitor_hk = newest.site_visitor_hk AND state.visitor_state_id = newest.visitor_state_id
  LEFT JOIN favourite ON favourite.site_visitor_hk = counted.site_visitor_hk
)
SELECT 'site_visitor_details_s' AS relation, coalesce(shown.site_visitor_hk, expected.site_visitor_hk) AS offending_key
FROM (SELECT * FROM business.site_visitor_details_s WHERE load_end_date IS NULL) AS shown
FULL JOIN expected ON expected.site_visitor_hk = shown.site_visitor_hk
WHERE (
    shown.site_visitor_hk, shown.first_visit_date, shown.last_visit_date, shown.total_sessions, shown.total_page_views,
    shown.favorite_items, shown.total_transactions, shown.lifetime_value, shown.visitor_segment
  ) IS DISTINCT FROM (
    expected.site_visitor_hk, expected.first_visit_date, expected.last_visit_date, expected.total_sessions,
    expected.total_page_views, expected.items, expected.total_transactions, expected.lifetime_value, expected.visitor_segment
  )
UNION ALL
SELECT 'site_visitor_current', coalesce(shown.site_visitor_hk, expected.site_visitor_hk)
FROM business.site_visitor_current AS shown
FULL JOIN expected ON expected.site_visitor_hk = shown.site_visitor_hk
WHERE (
    shown.site_visitor_hk, shown.user_agent, shown.device_type, shown.device_pixel_ratio, shown.first_visit_date,
    shown.last_visit_date, shown.total_sessions, shown.total_page_views, shown.favorite_items, shown.total_transactions,
    shown.lifetime_value
  ) IS DISTINCT FROM (
    expected.site_visitor_hk, expected.user_agent, expected.device_type, expected.device_pixel_ratio, expected.first_visit_date,
    expected.last_visit_date, expected.total_sessions, expected.total_page_views, expected.items, expected.total_transactions,
    expected.lifetime_value
  )
UNION ALL
SELECT 'site_visitor_acc', acc.site_visitor_hk
FROM business.site_visitor_acc AS acc
LEFT JOIN expected ON expected.site_visitor_hk = acc.site_visitor_hk
WHERE (acc.total_events, acc.visitor_state_id) IS DISTINCT FROM (expected.total_events, expected.visitor_state_id)
