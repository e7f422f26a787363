-- Deletes archives that have been kept long enough. $1 days.
UPDATE auth.privacy_jobs AS job
SET archive = NULL
WHERE job.archive IS NOT NULL
  AND job.finished_at < CURRENT_TIMESTAMP - make_interval(days => $1)
