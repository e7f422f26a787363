-- Calculates the metrics of days that changed, some at a time. $1 whether to look first which days these are. Answers with how many
-- days, how many rows changed and were restated, and whether there is more to look for and to calculate.
SELECT refreshed.is_behind, refreshed.is_more, refreshed.days, refreshed.rows_changed, refreshed.rows_restated
FROM analytics.refresh_metrics($1) AS refreshed
