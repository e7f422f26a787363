-- Metrics by bucket, and those of the whole range in a first row without a bucket. $1 to $15 as analytics.selected_events takes them,
-- $16 time zone, $17 granularity. Sessions are not joined to events: how many there will be is anybody's guess to the planner.
WITH bucket AS MATERIALIZED (
  SELECT start.ordinal, start.bucket_start, start.name
  FROM analytics.buckets($3, $4, $16, $17) AS start
),
event AS MATERIALIZED (
  SELECT
    width_bucket(chosen.event_timestamp, (SELECT array_agg(bucket.bucket_start ORDER BY bucket.ordinal) FROM bucket)) AS ordinal,
    chosen.site_session_hk,
    chosen.site_visitor_hk,
    chosen.event_type,
    chosen.event_value
  FROM analytics.selected_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
  ) AS chosen
),
happened AS (
  SELECT
    coalesce(event.ordinal, 0) AS ordinal,
    count(DISTINCT event.site_visitor_hk) AS visitors,
    count(*) FILTER (WHERE event.event_type = 'page_view') AS pageviews,
    count(*) AS events,
    coalesce(sum(event.event_value), 0) AS conversion_value
  FROM event
  GROUP BY GROUPING SETS ((event.ordinal), ())
),
visited AS (
  SELECT
    present.ordinal,
    count(*) AS sessions,
    count(*) FILTER (WHERE standing.is_bounce) AS bounces,
    avg(standing.session_duration_seconds) AS duration,
    avg(standing.total_page_views) AS page_views,
    count(*) FILTER (WHERE standing.transaction_completed) AS conversions
  FROM (
    SELECT event.site_session_hk, array_agg(DISTINCT event.ordinal) AS ordinals
    FROM event
    GROUP BY event.site_session_hk
  ) AS seen
  CROSS JOIN LATERAL (
    SELECT
      session.session_duration_seconds,
      session.total_page_views,
      session.is_bounce,
      session.transaction_completed
    FROM business.site_session_current AS session
    WHERE session.site_session_hk = seen.site_session_hk
    LIMIT 1
  ) AS standing
  CROSS JOIN LATERAL unnest(seen.ordinals || 0) AS present (ordinal)
  GROUP BY present.ordinal
)
SELECT
  jsonb_build_object(
    'bucket', listed.name,
    'visitors', coalesce(happened.visitors, 0),
    'sessions', coalesce(visited.sessions, 0),
    'pageviews', coalesce(happened.pageviews, 0),
    'events', coalesce(happened.events, 0),
    'bounceRate', coalesce(business.percentage(visited.bounces, visited.sessions), 0),
    'avgSessionSeconds', round(coalesce(visited.duration, 0), 2),
    'pagesPerSession', round(coalesce(visited.page_views, 0), 2),
    'conversions', coalesce(visited.conversions, 0),
    'conversionRate', coalesce(business.percentage(visited.conversions, visited.sessions), 0),
    'conversionValue', coalesce(happened.conversion_value, 0)
  ) AS answer
FROM (
  SELECT 0 AS ordinal, NULL AS name
  UNION ALL
  SELECT bucket.ordinal, bucket.name
  FROM bucket
) AS listed
LEFT JOIN happened ON happened.ordinal = listed.ordinal
LEFT JOIN visited ON visited.ordinal = listed.ordinal
ORDER BY listed.ordinal
