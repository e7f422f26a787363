-- Calculates the metrics of one day ($1) anew, of one tenant ($2) or, for null, of all.
SELECT recorded.rows_changed, recorded.rows_restated
FROM analytics.record_metrics_of_day($1::date, CASE WHEN $2::bytea IS NOT NULL THEN ARRAY[$2::bytea] END) AS recorded
