-- Pages by their views. $1 to $15 as analytics.selected_events takes them, $16 rows, $17 rows to pass over.
-- Nothing is joined by event, session or path: how many there will be is anybody's guess to the planner.
WITH event AS MATERIALIZED (
  SELECT chosen.site_event_hk, chosen.site_session_hk, chosen.site_visitor_hk, chosen.event_type, chosen.page_path
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS chosen
),
session AS MATERIALIZED (
  SELECT
    seen.site_session_hk,
    origin.session_start_time,
    origin.session_end_time,
    origin.is_bounce,
    origin.entry_path,
    origin.exit_event_hk,
    origin.exit_path
  FROM (SELECT DISTINCT event.site_session_hk FROM event) AS seen
  CROSS JOIN LATERAL (
    SELECT
      standing.session_start_time,
      standing.session_end_time,
      standing.is_bounce,
      standing.entry_path,
      standing.exit_event_hk,
      standing.exit_path
    FROM analytics.session_origins AS standing
    WHERE standing.site_session_hk = seen.site_session_hk
    LIMIT 1
  ) AS origin
),
-- How long each page view lasted follows from all events of its session, also from those that the filters leave out.
timed AS (
  SELECT viewed.site_event_hk, viewed.seconds
  FROM session
  CROSS JOIN LATERAL (
    SELECT
      happened.site_event_hk,
      business.page_view_seconds(
        happened.event_timestamp,
        lead(happened.event_timestamp) OVER (ORDER BY happened.site_event_hk),
        happened.last_event_at,
        happened.time_on_page
      ) AS seconds
    FROM (
      SELECT
        own.site_event_hk,
        own.event_type,
        own.event_timestamp,
        own.time_on_page,
        max(own.event_timestamp) OVER () AS last_event_at
      FROM (
        SELECT session.site_session_hk AS session_slice_hk
        UNION
        SELECT part.session_slice_hk
        FROM business.derived_session_slices AS part
        WHERE part.site_session_hk = session.site_session_hk
      ) AS slice
      JOIN business.site_event_nl AS own ON own.session_slice_hk = slice.session_slice_hk
      WHERE own.event_timestamp >= session.session_start_time
        AND own.event_timestamp <= session.session_end_time
    ) AS happened
    WHERE happened.event_type = 'page_view'
  ) AS viewed
),
page_view AS (
  SELECT
    max(part.site_session_hk) AS site_session_hk,
    max(part.site_visitor_hk) AS site_visitor_hk,
    max(part.page_path) AS page_path,
    max(part.seconds) AS seconds
  FROM (
    SELECT event.site_event_hk, event.site_session_hk, event.site_visitor_hk, event.page_path, NULL::integer AS seconds
    FROM event
    WHERE event.event_type = 'page_view'
    UNION ALL
    SELECT timed.site_event_hk, NULL, NULL, NULL, timed.seconds
    FROM timed
  ) AS part
  GROUP BY part.site_event_hk
  HAVING max(part.site_session_hk) IS NOT NULL
),
page AS (
  SELECT
    part.page_path,
    max(part.pageviews) AS pageviews,
    max(part.visitors) AS visitors,
    max(part.sessions) AS sessions,
    max(part.seconds) AS seconds,
    max(part.entries) AS entries,
    max(part.bounces) AS bounces,
    max(part.exits) AS exits
  FROM (
    SELECT
      page_view.page_path,
      count(*) AS pageviews,
      count(DISTINCT page_view.site_visitor_hk) AS visitors,
      count(DISTINCT page_view.site_session_hk) AS sessions,
      avg(page_view.seconds) AS seconds,
      0 AS entries,
      0 AS bounces,
      0 AS exits
    FROM page_view
    GROUP BY page_view.page_path
    UNION ALL
    SELECT session.entry_path, NULL, NULL, NULL, NULL, count(*), count(*) FILTER (WHERE session.is_bounce), 0
    FROM session
    GROUP BY session.entry_path
    UNION ALL
    SELECT session.exit_path, NULL, NULL, NULL, NULL, 0, 0, count(*)
    FROM session
    WHERE session.exit_event_hk IS NOT NULL
    GROUP BY session.exit_path
  ) AS part
  GROUP BY part.page_path
  HAVING max(part.pageviews) IS NOT NULL
)
SELECT
  jsonb_build_object(
    'page', page.page_path,
    'pageviews', page.pageviews,
    'visitors', page.visitors,
    'sessions', page.sessions,
    'entries', page.entries,
    'exits', page.exits,
    'avgSecondsOnPage', round(page.seconds, 2),
    'bounceRate', business.percentage(page.bounces, page.entries)
  ) AS answer
FROM page
ORDER BY page.pageviews DESC, page.page_path COLLATE "C"
LIMIT $16
OFFSET $17
