-- Calculates the metrics of days that changed, some at a time. Returns whether there is more to do.
SELECT analytics.refresh_stale_metrics() AS is_more
