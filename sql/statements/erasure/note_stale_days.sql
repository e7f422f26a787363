-- Has the metrics of the days of events calculated again, whatever zone their site is in. $1 tenant key, $2 times of events.
SELECT analytics.mark_stale_days(
  $1,
  ARRAY(
    SELECT DISTINCT (event.at AT TIME ZONE 'UTC')::date + around.days
    FROM unnest($2::timestamptz[]) AS event (at)
    CROSS JOIN generate_series(-1, 1) AS around (days)
  ),
  'erasure'
)
