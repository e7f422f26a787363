-- What the row in force says of a page equals a recomputation: views and visitors from all events, times and rates from closed sessions.
WITH event AS MATERIALIZED (
  SELECT
    coalesce(part.site_session_hk, event.session_slice_hk) AS site_session_hk, event.site_visitor_hk, event.site_page_hk,
    event.site_event_hk, event.event_timestamp, event.load_date, event.event_type, event.event_action, event.time_on_page,
    event.page_state_id
  FROM business.site_event_nl AS event
  LEFT JOIN business.derived_session_slices AS part ON part.session_slice_hk = event.session_slice_hk
),
counted AS (
  SELECT
    site_page_hk,
    count(*) FILTER (WHERE event_type = 'page_view') AS total_views,
    count(DISTINCT site_visitor_hk) FILTER (WHERE event_type = 'page_view') AS unique_visitors
  FROM event
  WHERE page_state_id IS NOT NULL
  GROUP BY site_page_hk
),
newest AS (
  SELECT DISTINCT ON (site_page_hk) site_page_hk, page_state_id
  FROM event
  WHERE page_state_id IS NOT NULL
  ORDER BY site_page_hk, load_date DESC, site_event_hk DESC
),
closed_event AS MATERIALIZED (
  SELECT event.*
  FROM event
  WHERE NOT EXISTS (SELECT 1 FROM business.site_session_acc AS acc WHERE acc.site_session_hk = event.site_session_hk)
),
closed_session AS (
  SELECT
    site_session_hk,
    min(event_timestamp) AS began_at,
    max(event_timestamp) AS last_event_at,
    count(*) FILTER (WHERE event_type = 'page_view') AS views,
    bool_or(event_type NOT IN ('page_view', 'page_visibility', 'scroll', 'scroll_depth')) AS has_interaction,
    bool_or(event_type = 'transaction_step' AND event_action = 'complete') AS has_completed
  FROM closed_event
  GROUP BY site_session_hk
),
page_view AS MATERIALIZED (
  SELECT
    view.site_session_hk, view.site_page_hk,
    row_number() OVER in_time AS place,
    CASE
      WHEN lead(view.event_timestamp) OVER in_time IS NOT NULL
        THEN floor(extract(epoch FROM lead(view.event_timestamp) OVER in_time - view.event_timestamp))
      ELSE greatest(
        floor(extract(epoch FROM session.last_event_at - view.event_timestamp)),
        least(greatest(coalesce(view.time_on_page, 0), 0), 86400)
      )
    END AS seconds,
    lead(view.event_timestamp) OVER in_time IS NULL AS is_last,
    greatest(
      session.last_event_at,
      view.event_timestamp + least(greatest(coalesce(view.time_on_page, 0), 0), 86400) * interval '1 second'
    ) AS ended_at
  FROM closed_event AS view
  JOIN closed_session AS session ON session.site_session_hk = view.site_session_hk
  WHERE view.event_type = 'page_view'
  WINDOW in_time AS (PARTITION BY view.site_session_hk ORDER BY view.event_timestamp, view.site_event_hk)
),
timed AS (
  SELECT
    site_page_hk,
    count(*) FILTER (WHERE NOT is_last OR seconds > 0) AS timed_views,
    coalesce(sum(seconds) FILTER (WHERE NOT is_last OR seconds > 0), 0) AS seconds_on_page
  FROM page_view
  GROUP BY site_page_hk
),
entered AS (
  SELECT
    entry.site_page_hk,
    count(*) AS entries,
    count(*) FILTER (
      WHERE session.views = 1 AND NOT session.has_interaction AND exit.ended_at < session.began_at + interval '10 seconds'
    ) AS bounces,
    count(*) FILTER (WHERE session.has_completed) AS conversions
  FROM page_view AS entry
  JOIN page_view AS exit ON exit.site_session_hk = entry.site_session_hk AND exit.is_last
  JOIN closed_session AS session ON session.site_session_hk = entry.site_session_hk
  WHERE entry.place = 1
  GROUP BY entry.site_page_hk
),
expected AS (
  SELECT
    counted.site_page_hk, counted.total_views, counted.unique_visitors, newest.page_state_id, state.page_title,
    coalesce(timed.timed_views, 0) AS timed_views, coalesce(timed.seconds_on_page, 0) AS seconds_on_page,
    coalesce(entered.entries, 0) AS entries, coalesce(entered.bounces, 0) AS bounces,
    coalesce(entered.conversions, 0) AS conversions,
    coalesce(round(timed.seconds_on_page / nullif(timed.timed_views, 0)), 0) AS avg_time_on_page,
    coalesce(round(entered.bounces * 100.0 / entered.entries, 2), 0) AS bounce_rate,
    coalesce(round(entered.conversions * 100.0 / entered.entries, 2), 0) AS conversion_rate
  FROM counted
  JOIN newest ON newest.site_page_hk = counted.site_page_hk
  JOIN business.site_page_state_r AS state
    ON state.site_page_hk = newest.site_page_hk AND state.page_state_id = newest.page_state_id
  LEFT JOIN timed ON timed.site_page_hk = counted.site_page_hk
  LEFT JOIN entered ON entered.site_page_hk = counted.site_page_hk
)
SELECT 'site_page_details_s' AS relation, coalesce(shown.site_page_hk, expected.site_page_hk) AS offending_key
FROM (SELECT * FROM business.site_page_details_s WHERE load_end_date IS NULL) AS shown
FULL JOIN expected ON expected.site_page_hk = shown.site_page_hk
WHERE (
    shown.site_page_hk, shown.total_views, shown.unique_visitors, shown.avg_time_on_page, shown.bounce_rate,
    shown.conversion_rate
  ) IS DISTINCT FROM (
    expected.site_page_hk, expected.total_views, expected.unique_visitors, expected.avg_time_on_page, expected.bounce_rate,
    expected.conversion_rate
  )
UNION ALL
SELECT 'site_page_current', coalesce(shown.site_page_hk, expected.site_page_hk)
FROM business.site_page_current AS shown
FULL JOIN expected ON expected.site_page_hk = shown.site_page_hk
WHERE (
    shown.site_page_hk, shown.page_title, shown.total_views, shown.unique_visitors, shown.avg_time_on_page,
    shown.bounce_rate, shown.conversion_rate
  ) IS DISTINCT FROM (
    expected.site_page_hk, expected.page_title, expected.total_views, expected.unique_visitors, expected.avg_time_on_page,
    expected.bounce_rate, expected.conversion_rate
  )
UNION ALL
SELECT 'site_page_acc', acc.site_page_hk
FROM business.site_page_acc AS acc
LEFT JOIN expected ON expected.site_page_hk = acc.site_page_hk
WHERE (acc.timed_views, acc.seconds_on_page, acc.entries, acc.bounces, acc.conversions, acc.page_state_id) IS DISTINCT FROM (
    expected.timed_views, expected.seconds_on_page, expected.entries, expected.bounces, expected.conversions,
    expected.page_state_id
  )
