-- Visitors who came back. $1 to $15 as analytics.selected_events takes them, $16 time zone, $17 granularity.
WITH bucket AS MATERIALIZED (
  SELECT start.ordinal, start.bucket_start, start.name
  FROM analytics.buckets($3, $4, $16, $17) AS start
),
start AS MATERIALIZED (
  SELECT array_agg(bucket.bucket_start ORDER BY bucket.ordinal) AS times
  FROM bucket
),
visitor AS MATERIALIZED (
  SELECT active.ordinals, width_bucket(known.first_event_at, (SELECT start.times FROM start)) AS cohort
  FROM (
    SELECT
      event.site_visitor_hk,
      array_agg(DISTINCT width_bucket(event.event_timestamp, (SELECT start.times FROM start))) AS ordinals
    FROM analytics.selected_events(
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
    ) AS event
    GROUP BY event.site_visitor_hk
  ) AS active
  CROSS JOIN LATERAL (
    SELECT acc.first_event_at
    FROM business.site_visitor_acc AS acc
    WHERE acc.site_visitor_hk = active.site_visitor_hk
    LIMIT 1
  ) AS known
  WHERE known.first_event_at >= $3
    AND known.first_event_at < $4
),
cohort AS (
  SELECT visitor.cohort AS ordinal, count(*) AS visitors
  FROM visitor
  GROUP BY visitor.cohort
),
returned AS (
  SELECT visitor.cohort, seen.ordinal, count(*) AS visitors
  FROM visitor
  CROSS JOIN LATERAL unnest(visitor.ordinals) AS seen (ordinal)
  GROUP BY visitor.cohort, seen.ordinal
)
SELECT
  jsonb_build_object(
    'cohort', left(bucket.name, 10),
    'cohortVisitors', cohort.visitors,
    'period', later.ordinal - cohort.ordinal,
    'visitors', coalesce(returned.visitors, 0),
    'percentage', business.percentage(coalesce(returned.visitors, 0), cohort.visitors)
  ) AS answer
FROM cohort
JOIN bucket ON bucket.ordinal = cohort.ordinal
JOIN bucket AS later ON later.ordinal >= cohort.ordinal
LEFT JOIN returned ON returned.cohort = cohort.ordinal AND returned.ordinal = later.ordinal
ORDER BY cohort.ordinal, later.ordinal
