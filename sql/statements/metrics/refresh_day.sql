-- Calculates the metrics of the newest day that is marked. Answers with whether there was one, and how many rows changed and were
-- restated.
SELECT refreshed.metric_date IS NOT NULL AS is_done, refreshed.rows_changed, refreshed.rows_restated
FROM analytics.refresh_stale_day() AS refreshed
