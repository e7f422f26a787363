-- The last minutes. $1 to $15 as analytics.selected_events takes them, the times at whole minutes.
WITH event AS MATERIALIZED (
  SELECT
    chosen.site_session_hk,
    chosen.site_visitor_hk,
    chosen.load_date,
    chosen.event_timestamp,
    chosen.event_type,
    chosen.page_path
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS chosen
),
page AS (
  SELECT event.page_path, count(*) AS pageviews, count(DISTINCT event.site_visitor_hk) AS visitors
  FROM event
  WHERE event.event_type = 'page_view'
  GROUP BY event.page_path
  ORDER BY count(*) DESC, event.page_path COLLATE "C"
  LIMIT 10
),
source AS (
  SELECT origin.channel, origin.source, count(*) AS sessions
  FROM (SELECT DISTINCT event.site_session_hk FROM event) AS seen
  CROSS JOIN LATERAL (
    SELECT session.channel, session.source
    FROM analytics.session_origins AS session
    WHERE session.site_session_hk = seen.site_session_hk
    LIMIT 1
  ) AS origin
  GROUP BY origin.channel, origin.source
  ORDER BY count(*) DESC, origin.channel COLLATE "C", origin.source COLLATE "C"
  LIMIT 10
),
minute AS (
  SELECT
    minute.start,
    count(event.event_timestamp) AS events,
    count(event.event_timestamp) FILTER (WHERE event.event_type = 'page_view') AS pageviews
  FROM generate_series($3::timestamptz, $4::timestamptz - interval '1 minute', interval '1 minute') AS minute (start)
  LEFT JOIN event ON date_trunc('minute', event.event_timestamp) = minute.start
  GROUP BY minute.start
)
SELECT
  jsonb_build_object(
    'visitors', count(DISTINCT event.site_visitor_hk),
    'sessions', count(DISTINCT event.site_session_hk),
    'pageviews', count(*) FILTER (WHERE event.event_type = 'page_view'),
    'events', count(*),
    'newestArrival', raw.iso_time(max(event.load_date)),
    'pages', (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object('page', page.page_path, 'pageviews', page.pageviews, 'visitors', page.visitors)
          ORDER BY page.pageviews DESC, page.page_path COLLATE "C"
        ),
        '[]'
      )
      FROM page
    ),
    'sources', (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object('channel', source.channel, 'source', source.source, 'sessions', source.sessions)
          ORDER BY source.sessions DESC, source.channel COLLATE "C", source.source COLLATE "C"
        ),
        '[]'
      )
      FROM source
    ),
    'rows', (
      SELECT jsonb_agg(
        jsonb_build_object('minute', raw.iso_time(minute.start), 'events', minute.events, 'pageviews', minute.pageviews)
        ORDER BY minute.start
      )
      FROM minute
    )
  ) AS answer
FROM event
