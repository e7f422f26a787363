-- $1 age in days.
DELETE FROM staging.site_events_staging
WHERE validation_status = 'INVALID'
  AND processing_timestamp < CURRENT_TIMESTAMP - make_interval(days => $1)
